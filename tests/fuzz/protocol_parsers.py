# SPDX-License-Identifier: Apache-2.0
"""What platform and terminal send each other."""

from __future__ import annotations

import json
from base64 import b64encode
from contextlib import suppress
from uuid import UUID

import requests
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from pydantic import ValidationError
from starlette.requests import Request

from central_platform.api import files as tus
from central_platform.api.errors import ApiError
from kiosk.platform_client import uploads
from kiosk.platform_client.http_errors import Answer, _accept
from kiosk.platform_client.port import BusyError, PlatformError
from kiosk.protocol import catalogue, messages
from kiosk.protocol.assertion import TokenInvalidError, sign_token, verified_claims
from kiosk.protocol.envelope import EnvelopeError, Manifest, Payload, open_part, seal_part
from kiosk.protocol.wire import SignatureInvalidError, Signed, WireModel
from tests.fuzz.parser import Parser

_SUBMISSION = UUID("01890000-0000-7000-8000-000000000000")
_KEY = Ed25519PrivateKey.from_private_bytes(b"k" * 32)
_SEAL_KEY = X25519PrivateKey.from_private_bytes(b"s" * 32)
_LONGEST_WAIT_S = 366 * 86400.0


def _models() -> tuple[type[WireModel], ...]:
    found = {
        kind
        for module in (messages, catalogue)
        for kind in vars(module).values()
        if isinstance(kind, type) and issubclass(kind, WireModel)
    }
    return tuple(sorted(found | {Manifest, Payload, Signed}, key=lambda kind: kind.__name__))


def _wire(data: bytes) -> None:
    """Take the model that the first byte chooses."""
    kinds = _models()
    kinds[(data[0] if data else 0) % len(kinds)].model_validate_json(data[1:]).canonical()


def _wire_samples() -> tuple[bytes, ...]:
    kinds = [kind.__name__ for kind in _models()]

    def sample(kind: type[WireModel], value: object) -> bytes:
        return bytes([kinds.index(kind.__name__)]) + json.dumps(value).encode()

    clock = {"wall": "2026-11-24T00:00:00Z", "monotonic_s": 1.0, "boot_id": "b"}
    manifest = {
        "id": str(_SUBMISSION),
        "terminal": "T-0001",
        "sequence": 1,
        "receipt": "N1",
        "item": "x",
        "clock": clock,
        "key_id": "00",
        "parts": [{"name": "payload", "size": 3, "sha256": "0" * 64}],
    }
    report = {"slot": "id_card", "condition": "online", "code": "", "recovery": "none"}
    heartbeat = {"software": "0.1.0", "queued": 0, "devices": [report]}
    return (
        sample(Manifest, manifest),
        sample(Payload, {"form": {"a": "b"}, "acts": [{"kind": "consent"}]}),
        sample(messages.Heartbeat, heartbeat),
        sample(Signed, Signed.sign("p/1", b"{}", _KEY).model_dump()),
    )


def _signed(data: bytes) -> None:
    document = Signed.model_validate_json(data)
    document.verified_body("hall24.receipt/1", {document.key_id: _KEY.public_key()})


def _sealed(data: bytes) -> None:
    open_part(data, submission=_SUBMISSION, part="payload", keys=(_SEAL_KEY,))


def _sealed_sample() -> tuple[bytes, ...]:
    return (seal_part(b"{}", submission=_SUBMISSION, part="payload", key=_SEAL_KEY.public_key()),)


def _token(data: bytes) -> None:
    token = data.decode("latin-1")
    verified_claims(token, _KEY.public_key(), audience="a", now=0.0)


def _platform_answer(data: bytes) -> None:
    """Status in two bytes, headers as lines, an empty line, the body."""
    head, _, body = data[2:].partition(b"\n\n")
    status = 100 + int.from_bytes(data[:2], "big") % 500
    pairs = [line.partition(b": ") for line in head.split(b"\n")]
    headers = requests.structures.CaseInsensitiveDict(
        {name.decode("latin-1"): value.decode("latin-1") for name, _, value in pairs}
    )
    answer = Answer(status, headers, body)
    with suppress(PlatformError):
        uploads._offset(answer, 0, 1 << 30)
    try:
        _accept(answer)
    except BusyError as error:
        wait = error.retry_after_s
        assert wait is None or 0 <= wait <= _LONGEST_WAIT_S, "nobody waits for ever"
        raise
    answer.parse(messages.HeartbeatAnswer)


def _answer_sample(status: int, body: object, **headers: str) -> bytes:
    lines = {"Hall24-Protocol": "1", **{k.replace("_", "-"): v for k, v in headers.items()}}
    head = "\n".join(f"{name}: {value}" for name, value in lines.items())
    return (status - 100).to_bytes(2, "big") + f"{head}\n\n{json.dumps(body)}".encode()


def _tus(data: bytes) -> None:
    pairs = [line.partition(b": ") for line in data.split(b"\n")]
    headers = [(name.lower(), value) for name, _, value in pairs if name]
    request = Request({"type": "http", "method": "POST", "headers": headers})
    tus._check_version(request)
    tus._wanted(request)


def _b64(text: str) -> str:
    return b64encode(text.encode()).decode()


_TUS = (
    "tus-resumable: 1.0.0\nupload-length: 12\nupload-metadata: submission "
    f"{_b64(str(_SUBMISSION))},part {_b64('payload')},sha256 {_b64('0' * 64)}"
).encode()


PARSERS: dict[str, Parser] = {
    "wire": Parser(_wire, (ValidationError,), _wire_samples),
    "signed": Parser(
        _signed,
        (ValidationError, SignatureInvalidError),
        lambda: (Signed.sign("hall24.receipt/1", b"{}", _KEY).model_dump_json().encode(),),
    ),
    "sealed_part": Parser(_sealed, (EnvelopeError,), _sealed_sample),
    "token": Parser(
        _token, (TokenInvalidError,), lambda: (sign_token({"aud": "a", "exp": 9}, _KEY).encode(),)
    ),
    "platform_answer": Parser(
        _platform_answer,
        (PlatformError,),
        lambda: (
            _answer_sample(429, {}, Retry_After="120"),
            _answer_sample(
                503,
                {},
                Retry_After="Tue, 24 Nov 2026 00:00:10 GMT",
                Date="Tue, 24 Nov 2026 00:00:00 GMT",
            ),
            _answer_sample(
                409, {"title": "t", "status": 409, "code": "file.offset"}, Upload_Offset="5"
            ),
            _answer_sample(
                401, {"title": "t", "status": 401, "code": "terminal.clock", "detail": "5"}
            ),
        ),
    ),
    "tus": Parser(_tus, (ApiError,), lambda: (_TUS,)),
}
