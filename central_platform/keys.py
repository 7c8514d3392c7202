# SPDX-License-Identifier: Apache-2.0
"""The platform's keys: made once into the data directory, readable by the owner only, whole or not at all.

* ``sealing.pem``   X25519: terminals seal submissions to it; ``sealing-N.pem`` are older ones (or a recovery key
  brought back), which still open what was sealed to them: a terminal may have been offline for a year.
* ``signing.pem``   Ed25519: receipts, catalogue, access tokens; ``signing-N.pem`` are older ones, which vouch
  for the list of keys so that no terminal is left behind; renamed to ``signing-N.revoked`` one is trusted no more.
* ``recovery.pub``  X25519, base64: the operator's off-line key, the second recipient of all that is sealed.
* ``seal-root.*``   a demonstration CA, and ``seal.*`` the certificate that result documents are sealed with.
  A city replaces both by its own electronic seal service; the names say 演示.
"""

from __future__ import annotations

import base64
import os
import secrets
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.x509.oid import NameOID

from kiosk.protocol.wire import key_id_of

_VALID = timedelta(days=3650)
_PrivateKey = Ed25519PrivateKey | X25519PrivateKey | ec.EllipticCurvePrivateKey


class KeysDamagedError(Exception):
    """The keys in the data directory cannot be read; never replaced silently, terminals trust them."""


@dataclass(frozen=True, slots=True)
class SealingIdentity:
    """What result documents are sealed with (PEM)."""

    certificate_pem: bytes
    private_key_pem: bytes = field(repr=False)
    root_pem: bytes


@dataclass(frozen=True, slots=True)
class PlatformSecrets:
    """All keys of one platform."""

    sealing: tuple[X25519PrivateKey, ...] = field(repr=False)
    """Newest first."""
    signing: Ed25519PrivateKey = field(repr=False)
    seal: SealingIdentity
    older_signing: tuple[Ed25519PrivateKey, ...] = field(default=(), repr=False)
    """Newest first."""
    recovery: X25519PublicKey | None = None
    revoked: int = 0
    """How many signing keys are trusted no more."""

    @property
    def all_signing(self) -> tuple[Ed25519PrivateKey, ...]:
        """Every signing key that terminals may know us by, newest first."""
        return (self.signing, *self.older_signing)

    @property
    def seal_ends(self) -> datetime:
        """Until when the certificate of the seal is good."""
        return x509.load_pem_x509_certificate(self.seal.certificate_pem).not_valid_after_utc

    @property
    def version(self) -> int:
        """The number of the list of keys; it grows with every key that comes, and with one that is revoked."""
        keys = len(self.sealing) + len(self.all_signing) + (self.recovery is not None)
        return keys + 2 * self.revoked - 1

    @property
    def audiences(self) -> frozenset[str]:
        """Every name under which a terminal may address us."""
        return frozenset(key_id_of(key.public_key()) for key in self.all_signing)

    @property
    def audience(self) -> str:
        """The name under which terminals address their assertions: our signing key's id."""
        return key_id_of(self.signing.public_key())


def load_or_create_keys(data_dir: Path) -> PlatformSecrets:
    """Return the keys in ``data_dir/keys``, making them when there are none.

    Two processes that start at once agree: the directory appears under its name in one step. Raises
    ``OSError`` when it cannot be written and :class:`KeysDamagedError` when it cannot be understood.
    """
    folder = data_dir / "keys"
    if not folder.exists():
        fresh = data_dir / f".keys-{secrets.token_hex(4)}"
        _create(fresh)
        try:
            fresh.rename(folder)
        except OSError:
            shutil.rmtree(fresh)
            if not folder.exists():
                raise
    try:
        return _load(folder)
    except (ValueError, TypeError, InvalidSignature, FileNotFoundError):
        raise KeysDamagedError(f"{folder}: the keys cannot be read") from None


def rotate(data_dir: Path, kind: Literal["sealing", "signing"]) -> None:
    """Make a new key of that kind; the one that was is kept and goes on opening, or vouching.

    Takes effect where the platform is started next. Cut at any moment, the old key is still there: at worst it
    stands under two names. Raises ``OSError``.
    """
    folder = data_dir / "keys"
    current = folder / f"{kind}.pem"
    number = 1 + max((int(path.stem.partition("-")[2]) for path in _older(folder, kind)), default=0)
    (folder / f"{kind}-{number:04}.pem").hardlink_to(current)
    _sync(folder)
    fresh = folder / f".{kind}.{secrets.token_hex(4)}"
    _write(
        fresh,
        _pem(X25519PrivateKey.generate() if kind == "sealing" else Ed25519PrivateKey.generate()),
    )
    fresh.replace(current)
    _sync(folder)


def make_recovery_key(data_dir: Path, out: Path) -> None:
    """Write a recovery key to ``out``, to be taken away and locked up; only its public half stays here.

    Raises ``OSError``; ``FileExistsError`` also when there is a recovery key already.
    """
    folder = data_dir / "keys"
    if (folder / "recovery.pub").exists():
        raise FileExistsError(17, "there is a recovery key already")
    key = X25519PrivateKey.generate()
    _write(out, _pem(key))
    _write(folder / "recovery.pub", base64.b64encode(key.public_key().public_bytes_raw()))
    _sync(folder)


def _older(folder: Path, kind: str) -> list[Path]:
    """Return the files of older keys, newest first."""
    found = [
        path for path in folder.glob(f"{kind}-*.pem") if path.stem.partition("-")[2].isdecimal()
    ]
    return sorted(found, key=lambda path: int(path.stem.partition("-")[2]), reverse=True)


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _private_keys(folder: Path, kind: str) -> Iterator[object]:
    seen = set()
    for path in (folder / f"{kind}.pem", *_older(folder, kind)):
        raw = path.read_bytes()
        if raw not in seen:  # a change that was cut leaves one key under two names
            seen.add(raw)
            yield serialization.load_pem_private_key(raw, None)


def _revoked(folder: Path) -> int:
    return len(list(folder.glob("signing-*.revoked")))


def _recovery(folder: Path) -> X25519PublicKey | None:
    try:
        text = (folder / "recovery.pub").read_bytes()
    except FileNotFoundError:
        return None
    return X25519PublicKey.from_public_bytes(base64.b64decode(text, validate=True))


def _load(folder: Path) -> PlatformSecrets:
    sealing, signing = [], []
    for key in _private_keys(folder, "sealing"):
        if not isinstance(key, X25519PrivateKey):
            raise TypeError("sealing")
        sealing.append(key)
    for key in _private_keys(folder, "signing"):
        if not isinstance(key, Ed25519PrivateKey):
            raise TypeError("signing")
        signing.append(key)
    certificate = (folder / "seal.crt").read_bytes()
    root = (folder / "seal-root.crt").read_bytes()
    x509.load_pem_x509_certificate(certificate).verify_directly_issued_by(
        x509.load_pem_x509_certificate(root)
    )
    seal = SealingIdentity(certificate, (folder / "seal.key").read_bytes(), root)
    return PlatformSecrets(
        tuple(sealing), signing[0], seal, tuple(signing[1:]), _recovery(folder), _revoked(folder)
    )


def _create(folder: Path) -> None:
    folder.mkdir(mode=0o700)
    root_key, seal_key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    root = _certificate("Hall24 演示根证书 (synthetic)", root_key.public_key(), None, root_key)
    seal = _certificate(
        "赣州市政务服务电子印章（演示）", seal_key.public_key(), root.subject, root_key
    )
    _write(folder / "sealing.pem", _pem(X25519PrivateKey.generate()))
    _write(folder / "signing.pem", _pem(Ed25519PrivateKey.generate()))
    _write(folder / "seal-root.key", _pem(root_key))
    _write(folder / "seal-root.crt", root.public_bytes(serialization.Encoding.PEM))
    _write(folder / "seal.key", _pem(seal_key))
    _write(folder / "seal.crt", seal.public_bytes(serialization.Encoding.PEM))
    _sync(folder)


def _certificate(
    name: str,
    public_key: ec.EllipticCurvePublicKey,
    issuer: x509.Name | None,
    signer: ec.EllipticCurvePrivateKey,
) -> x509.Certificate:
    subject = x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "CN"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Hall24 演示 (synthetic)"),
            x509.NameAttribute(NameOID.COMMON_NAME, name),
        ]
    )
    now = datetime.now(UTC)
    is_root = issuer is None
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer or subject)
        .public_key(public_key)
        .serial_number(x509.random_serial_number())
        # A terminal whose clock is a little slow must not find the seal "not yet valid".
        .not_valid_before(now - timedelta(days=2))
        .not_valid_after(now + _VALID)
        .add_extension(x509.BasicConstraints(is_root, 0 if is_root else None), critical=True)
        .add_extension(
            x509.KeyUsage(
                digital_signature=not is_root,
                content_commitment=not is_root,
                key_encipherment=False,
                data_encipherment=False,
                key_agreement=False,
                key_cert_sign=is_root,
                crl_sign=is_root,
                encipher_only=False,
                decipher_only=False,
            ),
            critical=True,
        )
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public_key), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False
        )
        .sign(signer, hashes.SHA256())
    )


def _pem(key: _PrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def _write(path: Path, data: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
