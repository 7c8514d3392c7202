# SPDX-License-Identifier: Apache-2.0
"""Making this terminal known to a platform, once, and finding out later that it is.

``enrolment.json`` in the data directory holds the terminal's private key and the platform's public
keys, readable by its owner only, written whole or not at all. The key is stored in
``enrolment.pending`` *before* the platform is asked: when the power fails between the platform's yes
and our writing it down, the same token works again for the same key.

::

    EnrolmentError
    ├── NotEnrolledError        nothing is stored here                          enrolment.none
    ├── EnrolmentDamagedError   something is stored, but it is not readable     enrolment.damaged
    └── EnrolmentFileError      what was given is no file to enrol from         enrolment.file
"""

from __future__ import annotations

import base64
import json
import os
from dataclasses import dataclass, field
from pathlib import Path

import requests
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey
from cryptography.x509 import load_pem_x509_certificate

from kiosk.platform_client.http_errors import TIMEOUTS_S, ask
from kiosk.platform_client.trusted_keys import TrustedKeys, enrolled_with, known_of
from kiosk.protocol.bundle import ENROLMENT_FILE_PURPOSE, EnrolmentFile
from kiosk.protocol.key_list import KeyList
from kiosk.protocol.messages import Enrolment, EnrolRequest, PlaceProfile, PlatformKeys
from kiosk.protocol.wire import (
    API_PREFIX,
    Signed,
    WireModel,
    canonical_bytes,
    key_id_of,
    sha256_hex,
)

_FILE = "enrolment.json"
_PENDING = "enrolment.pending"


class EnrolmentError(Exception):
    """Base; ``code`` is stable."""

    code = "enrolment"


class NotEnrolledError(EnrolmentError):
    """No platform knows this terminal yet."""

    code = "enrolment.none"


class EnrolmentDamagedError(EnrolmentError):
    """The stored enrolment cannot be read; the terminal must be enrolled again."""

    code = "enrolment.damaged"


class EnrolmentFileError(EnrolmentError):
    """An enrolment file that is damaged, expired or none; nothing was changed."""

    code = "enrolment.file"


@dataclass(frozen=True, slots=True)
class EnrolledTerminal:
    """Who this terminal is, and the keys it trusts."""

    terminal: str
    platform_url: str
    private_key: Ed25519PrivateKey = field(repr=False)
    trusted: TrustedKeys = field(repr=False)
    """The platform's keys; they change while the terminal runs."""
    seal_root_pem: str = field(repr=False)
    """The root that seals on result documents chain to."""
    profile: PlaceProfile
    token: str = field(default="", repr=False)
    """Of a terminal that was enrolled from a file: it introduces itself with it, the platform has not heard of
    its key yet. Empty after an enrolment over the wire."""

    @property
    def sealing_key(self) -> X25519PublicKey:
        """Submissions are sealed to it."""
        return self.trusted.now.sealing

    @property
    def recovery_key(self) -> X25519PublicKey | None:
        """The operator's offline key, which can open them, too; ``None`` when there is none."""
        return self.trusted.now.recovery

    @property
    def signing_keys(self) -> dict[str, Ed25519PublicKey]:
        """By key id: receipts, catalogue and configuration are signed by one of them."""
        return self.trusted.now.signing


class _Stored(WireModel):
    """The file."""

    version: int = 1
    platform_url: str
    private_key: str
    enrolment: Enrolment
    token: str = ""
    """Set by an enrolment from a file."""
    key_list: KeyList | None = None
    """The newest list of the platform's keys; ``None`` in files written before there was one."""
    sha256: str = ""
    """Over the rest of the file. A sealing key with a flipped bit is still a key: what is sealed to it
    nobody could ever open. Empty in files written before there was one."""


def enrol(
    platform_url: str, token: str, data_dir: Path, *, session: requests.Session | None = None
) -> EnrolledTerminal:
    """Make this terminal known to the platform at ``platform_url`` with a single-use token, and store that.

    An earlier enrolment is replaced, but only after the platform agreed. Raises ``PlatformError``
    (``RefusedError("enrolment.token")`` for a token that is unknown, used or expired), ``OSError`` when
    the directory cannot be written. After a fault the same call may be made again.
    """
    url = platform_url.rstrip("/")
    data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    key = _pending_key(data_dir / _PENDING)
    request = EnrolRequest(token=token, public_key=public_text(key))
    own = session is None
    session = session or plain_session()
    try:
        answer = ask(
            session,
            "POST",
            f"{url}{API_PREFIX}/terminals/enrol",
            json=request.model_dump(mode="json"),
            timeout=TIMEOUTS_S,
        ).parse(Enrolment)
    finally:
        if own:
            session.close()
    return _store(data_dir, _Stored(platform_url=url, private_key=_private(key), enrolment=answer))


def enrol_from_file(data: bytes, data_dir: Path, now: float) -> EnrolledTerminal:
    """Make this terminal work for a platform that it has never reached; ``data`` is the enrolment file.

    The terminal makes its key here; the platform learns it from the first bundle, or when the terminal is
    enrolled again over the wire with the token it keeps. Raises :class:`EnrolmentFileError`, ``OSError``.
    """
    try:
        signed = Signed.model_validate_json(data)
        told = EnrolmentFile.model_validate_json(signed.raw_body())
        signing = Ed25519PublicKey.from_public_bytes(_raw(told.keys.signing))
        # Its own key proves that nothing was damaged on the way; whom to trust, the technician compares.
        signed.verified_body(ENROLMENT_FILE_PURPOSE, {key_id_of(signing): signing})
    except ValueError:
        raise EnrolmentFileError("damaged, or not an enrolment file") from None
    if told.expires_at.timestamp() < now:
        raise EnrolmentFileError("expired, by this terminal's clock; ask for a fresh one")
    data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    key = _pending_key(data_dir / _PENDING)
    stored = _Stored(
        platform_url=told.platform_url,
        private_key=_private(key),
        enrolment=Enrolment(terminal=told.terminal, keys=told.keys, profile=told.profile),
        token=told.token,
    )
    return _store(data_dir, stored)


def introduce(
    platform_url: str, data_dir: Path, *, session: requests.Session | None = None
) -> EnrolledTerminal:
    """Tell the platform our key over the wire: the first contact of a terminal enrolled from a file.

    Name, key and queue stay. Raises as :func:`enrol` and :func:`load_enrolment` do, and
    ``EnrolmentFileError`` when this terminal has no token of a file.
    """
    enrolled = load_enrolment(data_dir)
    if not enrolled.token:
        raise EnrolmentFileError("this terminal was not enrolled from a file")
    own = json.dumps(_private(enrolled.private_key))
    _write_whole(data_dir / _PENDING, own.encode("ascii"))
    return enrol(platform_url, enrolled.token, data_dir, session=session)


def forget_enrolment(data_dir: Path) -> None:
    """Wipe the terminal's keys: overwritten, flushed, removed. Raises ``OSError``.

    A flash disk may keep older copies of a block; what makes them worthless is that the platform revokes the key.
    """
    for name in (_FILE, _PENDING):
        path = data_dir / name
        try:
            descriptor = os.open(path, os.O_WRONLY)
        except FileNotFoundError:
            continue
        try:
            os.write(descriptor, bytes(os.fstat(descriptor).st_size))
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        path.unlink()
    _sync_directory(data_dir)


def _store(data_dir: Path, stored: _Stored) -> EnrolledTerminal:
    enrolled = _understood(stored, data_dir)
    _write_stored(data_dir, stored)
    (data_dir / _PENDING).unlink(missing_ok=True)
    return enrolled


def _write_stored(data_dir: Path, stored: _Stored) -> None:
    plain = stored.model_copy(update={"sha256": ""})
    whole = stored.model_copy(update={"sha256": _sum_of(plain.model_dump(mode="json"))})
    _write_whole(data_dir / _FILE, whole.model_dump_json(indent=1).encode("utf-8"))


def pending_key(data_dir: Path) -> Ed25519PrivateKey:
    """Return the key that is to be this terminal's next one; on the disk before anybody hears of it."""
    return _pending_key(data_dir / _PENDING)


def store_key(data_dir: Path, key: Ed25519PrivateKey) -> EnrolledTerminal:
    """Keep a key that the platform agreed to, in place of the old one."""
    stored = _Stored.model_validate_json((data_dir / _FILE).read_bytes())
    fresh = stored.model_copy(update={"private_key": _private(key), "sha256": ""})
    return _store(data_dir, fresh)


def public_text(key: Ed25519PrivateKey) -> str:
    """Return a key's public half as it goes over the wire."""
    return _text(key.public_key().public_bytes_raw())


def load_enrolment(data_dir: Path) -> EnrolledTerminal:
    """Return what :func:`enrol` stored. Raises :class:`NotEnrolledError`, :class:`EnrolmentDamagedError`."""
    try:
        raw = (data_dir / _FILE).read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        raise NotEnrolledError("this terminal is not enrolled; run `kiosk enrol`") from None
    except OSError as error:
        raise EnrolmentDamagedError(f"{data_dir / _FILE}: {error.strerror}") from None
    try:
        stored = _Stored.model_validate_json(raw)
        if stored.sha256 and stored.sha256 != _sum_of(json.loads(raw)):
            raise ValueError
        return _understood(stored, data_dir)
    except ValueError:
        # Without the cause: it would quote the private key.
        raise EnrolmentDamagedError(f"{data_dir / _FILE} is not readable; enrol again") from None


def plain_session(proxy: str = "") -> requests.Session:
    """Return a session that takes no proxy, password or certificate setting from the environment.

    ``proxy`` is the address of the one that the settings name; empty for none.
    """
    session = requests.Session()
    session.trust_env = False
    if proxy:
        session.proxies = {"http": proxy, "https": proxy}
    return session


def _understood(stored: _Stored, data_dir: Path) -> EnrolledTerminal:
    keys: PlatformKeys = stored.enrolment.keys
    known = enrolled_with(keys) if stored.key_list is None else known_of(stored.key_list)

    def keep(told: KeyList) -> None:
        now = _Stored.model_validate_json((data_dir / _FILE).read_bytes())
        _write_stored(data_dir, now.model_copy(update={"key_list": told}))

    load_pem_x509_certificate(keys.seal_certificate.encode("ascii"))
    return EnrolledTerminal(
        terminal=stored.enrolment.terminal,
        platform_url=stored.platform_url,
        private_key=Ed25519PrivateKey.from_private_bytes(_raw(stored.private_key)),
        trusted=TrustedKeys(known, keep),
        seal_root_pem=keys.seal_certificate,
        profile=stored.enrolment.profile,
        token=stored.token,
    )


def _sum_of(document: dict[str, object]) -> str:
    """Return the sum of what stands in the file, whatever a later version calls its fields."""
    return sha256_hex(canonical_bytes({**document, "sha256": ""}))


def _pending_key(path: Path) -> Ed25519PrivateKey:
    try:
        return Ed25519PrivateKey.from_private_bytes(_raw(json.loads(path.read_text("ascii"))))
    except (FileNotFoundError, ValueError):
        key = Ed25519PrivateKey.generate()
        _write_whole(path, json.dumps(_private(key)).encode("ascii"))
        return key


def _write_whole(path: Path, data: bytes) -> None:
    """Write so that after a power cut the file is the old one or the new one; mode 0600 from the first byte."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    temporary.unlink(missing_ok=True)
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
    _sync_directory(path.parent)


def _sync_directory(path: Path) -> None:
    directory = os.open(path, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)


def _private(key: Ed25519PrivateKey) -> str:
    return _text(key.private_bytes_raw())


def _text(raw: bytes) -> str:
    return base64.b64encode(raw).decode("ascii")


def _raw(text: str) -> bytes:
    return base64.b64decode(text, validate=True)
