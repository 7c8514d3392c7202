# SPDX-License-Identifier: Apache-2.0
"""Every parser that takes bytes from a wire, a file or the network, as one table.

A row says what goes in (whole, valid samples to start from, synthetic people only), what takes it, and which
errors it may answer with. Anything else that comes out is a finding.
"""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from pathlib import Path
from uuid import UUID

import cv2
import numpy as np
import requests
import zxingcpp
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from PIL import Image
from pydantic import ValidationError
from starlette.requests import Request

from central_platform.api import files as tus
from central_platform.api.errors import ApiError
from central_platform.items import ItemInvalidError, read_items
from drivers.camera import frame_ring as ring
from drivers.code_scanner.code_text import MAX_CODE_BYTES, decode_code
from drivers.code_scanner.image_codes import read_picture
from drivers.core import DeviceError
from drivers.document_scanner.page_scan import PictureError, decode
from drivers.id_card.sam_frame import ReplyParser, checksum, decode_sam_id
from drivers.id_card.sam_text import TEXT_SIZE, decode_appended_address, decode_card
from drivers.page_printer import ipp_message, ipp_reasons
from drivers.receipt_printer import dle_eot, full_status
from drivers.receipt_printer.profiles import PROFILES
from drivers.signals.modbus_line import Framing, ModbusLine
from drivers.signals.nut_protocol import VariableList, power_state
from drivers.sim.card_memory import appended_address_block, text_block
from drivers.sim.people import PEOPLE
from drivers.smart_card.social_card import read_social_card
from drivers.testing.virtual_wire import VirtualClock
from kiosk.audit.chain import BEGINNING, NotAnEventError, next_event, parse_line
from kiosk.config import ConfigError, load_settings
from kiosk.platform_client import uploads
from kiosk.platform_client.enrolment import EnrolmentError, load_enrolment
from kiosk.platform_client.http_errors import Answer, _accept
from kiosk.platform_client.port import BusyError, PlatformError
from kiosk.protocol import catalogue, messages
from kiosk.protocol.assertion import TokenInvalidError, sign_token, verified_claims
from kiosk.protocol.envelope import EnvelopeError, Manifest, Payload, open_part, seal_part
from kiosk.protocol.wire import SignatureInvalidError, Signed, WireModel

ROOT = Path(__file__).parents[2]
_SUBMISSION = UUID("01890000-0000-7000-8000-000000000000")
_KEY = Ed25519PrivateKey.from_private_bytes(b"k" * 32)
_SEAL_KEY = X25519PrivateKey.from_private_bytes(b"s" * 32)
_LONGEST_WAIT_S = 366 * 86400.0


@dataclass(frozen=True, slots=True)
class Parser:
    """``take`` returns or raises one of ``errors``; what must hold besides it asserts itself."""

    take: Callable[[bytes], object]
    errors: tuple[type[Exception], ...]
    samples: Callable[[], tuple[bytes, ...]]
    slow: bool = False
    """Spends milliseconds in a library of its own for pictures; tried less often."""


# --- devices --------------------------------------------------------------------------------------


def _frame(body: bytes) -> bytes:
    covered = (len(body) + 1).to_bytes(2, "big") + body
    return bytes.fromhex("AAAAAA9669") + covered + bytes([checksum(covered)])


def _sam_samples() -> tuple[bytes, ...]:
    text = text_block(PEOPLE["worker"].card)
    answers = (b"\x00\x00\x9f", b"\x00\x00\x90", b"\x00\x00\x80", b"\x00\x00\x90" + bytes(16))
    card = b"\x00\x00\x90" + (256).to_bytes(2, "big") + (4).to_bytes(2, "big") + text + b"wlf!"
    return (*(b"\x07" + _frame(answer) for answer in answers), b"\x40" + _frame(card))


def _sam_frames(data: bytes) -> None:
    """Feed in pieces; the first byte says how long they are."""
    parser, step = ReplyParser(), 1 + (data[0] if data else 0)
    for at in range(1, len(data), step):
        parser.feed(data[at : at + step])
        assert len(parser._buffer) <= 16384
    parser.rescue()
    assert parser.noise <= len(data)


def _sam_text(data: bytes) -> None:
    decode_sam_id(data[:16])
    decode_appended_address(data)
    decode_card(data if len(data) < TEXT_SIZE else data[:TEXT_SIZE])


def _sam_text_samples() -> tuple[bytes, ...]:
    people = [text_block(person.card) for person in PEOPLE.values()]
    return (*people, appended_address_block("江西省赣州市章贡区长征大道1号"))


def _printer_status(data: bytes) -> None:
    full_status.find_full_status(data)
    for answer in data[:64]:
        full_status.exit_details(answer)
        for profile in PROFILES.values():
            for number in (1, 2, 3, 4):
                try:
                    signs = dle_eot.decode(number, answer, profile)
                except DeviceError:
                    continue
                assert isinstance(dle_eot.trouble(signs), str)
                dle_eot.may_pass(signs)
        if dle_eot.is_ordered_answer(answer):
            dle_eot.decode_ordered(answer)


def _social_card(data: bytes) -> None:
    """Answer the reader's questions with what comes, each behind one byte of length."""
    at, questions = 0, 0

    def transmit(_command: bytes) -> bytes:
        nonlocal at, questions
        questions += 1
        assert questions < 2000, "a card must not be asked for ever"
        if at >= len(data):
            return b"\x6a\x82"
        size = data[at]
        at += 1 + size
        return data[at - size : at]

    read_social_card(transmit)


def _social_card_samples() -> tuple[bytes, ...]:
    def told(*answers: bytes) -> bytes:
        return b"".join(bytes([len(answer)]) + answer for answer in answers)

    done = b"\x90\x00"
    record = bytes.fromhex("0812") + "赣州".encode("gbk").ljust(18, b"\0") + done
    return (
        told(done, done, record, record, done, record),
        told(b"\x61\x10", bytes(16) + done, b"\x6c\x14", record),
        told(done, b"\x69\x82", b"\x69\x82", b"\x6a\x83", record),
    )


def _ipp(data: bytes) -> None:
    answer = ipp_message.decode(data)
    for name in list(answer.attributes)[:20]:
        answer.keywords(name)
        answer.number(name)
        answer.text(name)
    assert answer.ok in {True, False}
    status = ipp_reasons.status_from(answer)
    assert len(status.details) <= 2 * 16 + 2
    question = ipp_message.decode_question(data)
    assert len(question.document) <= len(data)


def _ipp_samples() -> tuple[bytes, ...]:
    def attribute(tag: int, name: bytes, value: bytes) -> bytes:
        sizes = len(name).to_bytes(2, "big"), len(value).to_bytes(2, "big")
        return bytes([tag]) + sizes[0] + name + sizes[1] + value

    head = b"\x02\x00\x00\x00\x00\x00\x00\x01\x01"
    text = attribute(0x47, b"attributes-charset", b"utf-8")
    job = (
        b"\x02"
        + attribute(0x21, b"job-id", b"\0\0\0\7")
        + attribute(0x23, b"job-state", b"\0\0\0\5")
    )
    reasons = attribute(0x44, b"job-state-reasons", b"none") + attribute(0x44, b"", b"media-empty")
    flag = attribute(0x22, b"printer-is-accepting-jobs", b"\1")
    return (head + text + job + reasons + b"\x03", head + text + b"\x04" + flag + b"\x03")


def _nut(data: bytes) -> None:
    variables = VariableList("ups")
    for line in data.split(b"\n")[:200]:
        if variables.take(line):
            break
    power_state(variables.variables.get("ups.status", "").split(), variables.variables)


_NUT = b"""BEGIN LIST VAR ups
VAR ups battery.charge "90"
VAR ups battery.runtime "1200.5"
VAR ups ups.status "OB LB"
VAR ups device.model "A \\"quoted\\" one"
END LIST VAR ups"""


class _Answers:
    """A transport that says one thing whatever it is asked."""

    is_open = True

    def __init__(self, data: bytes, clock: VirtualClock) -> None:
        self._data, self._clock = data, clock

    def drain(self) -> None:
        """Forget nothing: each attempt hears the same."""

    def write(self, data: bytes, context: object) -> None:
        """Take a question."""

    def read(self, most: int, _context: object, *, timeout_s: float) -> bytes:
        """Say some of it; silence takes the time it was given."""
        piece, self._data = self._data[:most], self._data[most:]
        if not piece:
            self._clock.pass_by(timeout_s)
        return piece


def _modbus(data: bytes) -> None:
    framing = Framing.TCP if data[:1] == b"T" else Framing.RTU
    clock = VirtualClock()
    line = ModbusLine(_Answers(data[1:], clock), framing=framing, unit=1)  # type: ignore[arg-type] # all it uses
    bits = line.read_inputs(0, 8, clock.context(30))
    assert len(bits) == 8


_MODBUS = (
    bytes.fromhex("54 0001 0000 0004 01 02 01 55"),
    bytes.fromhex("54 0001 0000 0003 01 82 06"),
    bytes.fromhex("52 01 02 01 55 60 77"),
)


def _qr(text: bytes, size: int = 4) -> bytes:
    code = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode)
    picture = Image.fromarray(np.array(code.to_image(scale=size)))
    stream = BytesIO()
    picture.save(stream, "PNG")
    return stream.getvalue()


def _code_samples() -> tuple[bytes, ...]:
    png = _qr("赣通码 hall24".encode())
    jpeg, gif = BytesIO(), BytesIO()
    Image.open(BytesIO(png)).convert("L").save(jpeg, "JPEG")
    Image.open(BytesIO(png)).convert("P").save(gif, "GIF")
    return (png, jpeg.getvalue(), gif.getvalue(), _qr("赣州".encode("gbk")))


def _page_samples() -> tuple[bytes, ...]:
    page = np.full((60, 40, 3), 230, np.uint8)
    page[10:30, 8:20] = 20
    return tuple(
        cv2.imencode(kind, page)[1].tobytes() for kind in (".jpg", ".png", ".bmp", ".tiff")
    )


def _ring(data: bytes) -> None:
    shape = ring._shape_in(data[: ring._HEADER.size], 7)
    assert shape.total_bytes < 512 * 1024 * 1024


def _code_text(data: bytes) -> None:
    text = decode_code(data)
    assert len(text.value) <= MAX_CODE_BYTES


# --- the platform and its protocol ---------------------------------------------------------------


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


@cache
def _shipped() -> tuple[bytes, ...]:
    items = sorted((ROOT / "central_platform" / "catalogue" / "items").glob("*.yaml"))
    return tuple(item.read_bytes() for item in items)


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


# --- files ------------------------------------------------------------------------------------------


class _File:
    """What :func:`read_items` uses of a file."""

    name = "a.yaml"

    def __init__(self, data: bytes) -> None:
        self._data = data

    def read_text(self, encoding: str) -> str:
        """Return the text, as a real file would."""
        return self._data.decode(encoding)


class _Folder:
    """What a reader of one file in a folder uses of it."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def __truediv__(self, _name: str) -> _Folder:
        return self

    def read_bytes(self) -> bytes:
        """Return the bytes."""
        return self._data

    def read_text(self, encoding: str) -> str:
        """Return the text, as a real file would."""
        return self._data.decode(encoding)


def _item(data: bytes) -> None:
    read_items([_File(data)])  # type: ignore[list-item] # all it uses


def _enrolment(data: bytes) -> None:
    load_enrolment(_Folder(data))  # type: ignore[arg-type] # all it uses


def _settings(data: bytes) -> None:
    load_settings(_Folder(data))  # type: ignore[arg-type] # all it uses


def _event(data: bytes) -> None:
    event = parse_line(data)
    assert event.line() == data + b"\n"


PARSERS: dict[str, Parser] = {
    "sam_frame": Parser(_sam_frames, (), _sam_samples),
    "sam_text": Parser(_sam_text, (DeviceError,), _sam_text_samples),
    "printer_status": Parser(
        _printer_status, (), lambda: (b"\x12\x12\x12\x12", b"\x10\x0f\x20\x00\x00\x00", b"\x16\x1e")
    ),
    "social_card": Parser(_social_card, (DeviceError,), _social_card_samples),
    "ipp": Parser(_ipp, (DeviceError,), _ipp_samples),
    "nut": Parser(_nut, (DeviceError,), lambda: (_NUT, b"ERR DATA-STALE")),
    "modbus": Parser(_modbus, (DeviceError,), lambda: _MODBUS),
    "code_text": Parser(
        _code_text, (DeviceError,), lambda: ("赣通码".encode(), "赣".encode("gb18030"), b"a1")
    ),
    "code_picture": Parser(read_picture, (DeviceError,), _code_samples, slow=True),
    "page_picture": Parser(decode, (PictureError,), _page_samples, slow=True),
    "frame_ring": Parser(
        _ring,
        (ring.RingError,),
        lambda: (ring._HEADER.pack(ring._MAGIC, ring._VERSION, 7, 640, 480, 3, 0),),
    ),
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
    "item": Parser(_item, (ItemInvalidError,), _shipped, slow=True),
    "enrolment": Parser(
        _enrolment, (EnrolmentError,), lambda: (b'{"enrolment": {}, "private_key": ""}',)
    ),
    "settings": Parser(
        _settings,
        (ConfigError,),
        lambda: (
            b'data_dir = "d"\n[screen]\ndpi = 96\n[[slot]]\nname = "a"\nrole = "camera"\ndriver = "x"',
        ),
    ),
    "audit_line": Parser(
        _event,
        (NotAnEventError,),
        lambda: (next_event(BEGINNING, 0.0, "a.b", {"item": "x"}).line().rstrip(b"\n"),),
    ),
}


def check(name: str, data: bytes) -> None:
    """Let one parser take ``data``; anything but its own errors comes out."""
    parser = PARSERS[name]
    try:
        parser.take(data)
    except parser.errors:
        return
