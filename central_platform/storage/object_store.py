# SPDX-License-Identifier: Apache-2.0
"""Blobs in an S3-compatible object store, for several machines: ``blobs.toml`` in the data directory.

::

    kind = "s3"
    endpoint = "https://objects.example"
    bucket = "hall24"
    prefix = "ganzhou/"                          # may be left out
    region = "us-east-1"                         # most stores do not care
    access_key_file = "/run/secrets/hall24-id"   # or access_key_env; a secret never stands here
    secret_key_file = "/run/secrets/hall24-key"  # or secret_key_env

Objects cannot be appended to, so an upload is a row of pieces, each named by where it starts; how far the
upload came is how far the pieces reach without a gap. Every piece is durable when the store says so. A piece
that comes twice, or longer the second time, is no harm: its bytes are the same as far as both go, and the
hash of the whole decides in the end.

::

    uploads/{id}/created        so that an upload without bytes is one
    uploads/{id}/{start:012}    a piece
    attachments/{terminal}/{submission}/{sha256}

The store checks SHA-256 of what is written (``x-amz-checksum-sha256``); what is read is checked here, for an
attachment by its name. boto3 tries again by itself (standard mode, five times); what still fails is an ``OSError``
and the request's answer 503.
"""

from __future__ import annotations

import base64
import hashlib
import tomllib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from central_platform.secret_values import SecretMissingError, secret_value
from central_platform.storage.blobs import BlobDamagedError, BlobStoreAwayError

FILE = "blobs.toml"
_CREATED = "created"
_MISSING = frozenset({"404", "NoSuchKey", "NotFound"})
_CONNECT_S = 5
_READ_S = 20
_ATTEMPTS = 5
_DELETE_AT_ONCE = 1000

_T = TypeVar("_T")


class ObjectStoreSetUpError(Exception):
    """``blobs.toml`` cannot work; one plain line without secrets."""


class ObjectStoreSettings(BaseModel):
    """Where the objects are."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["s3"]
    endpoint: Annotated[str, Field(pattern=r"^https?://")]
    bucket: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9.-]{1,62}$")]
    prefix: Annotated[str, Field(pattern=r"^([A-Za-z0-9._-]+/)*$")] = ""
    region: str = "us-east-1"
    access_key_file: Path | None = None
    access_key_env: str | None = None
    secret_key_file: Path | None = None
    secret_key_env: str | None = None

    def keys(self) -> tuple[str, str]:
        """Return access key and secret key. Raises :class:`ObjectStoreSetUpError` unless both are named."""
        try:
            access = secret_value(self.access_key_file, self.access_key_env)
            secret = secret_value(self.secret_key_file, self.secret_key_env)
        except SecretMissingError as error:
            raise ObjectStoreSetUpError(f"{FILE}: {error}") from None
        if not access or not secret:
            raise ObjectStoreSetUpError(f"{FILE}: name access_key_… and secret_key_…")
        return access, secret


def read_settings(data_dir: Path) -> ObjectStoreSettings | None:
    """Read the file, if there is one. Raises :class:`ObjectStoreSetUpError`."""
    try:
        return ObjectStoreSettings.model_validate(
            tomllib.loads((data_dir / FILE).read_text("utf-8"))
        )
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ObjectStoreSetUpError(f"{FILE}: cannot be read ({error.strerror})") from None
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        place = ".".join(str(step) for step in first["loc"])
        raise ObjectStoreSetUpError(f"{FILE}: {place}: {first['msg']}") from None
    except ValueError as error:
        raise ObjectStoreSetUpError(f"{FILE}: {str(error).splitlines()[0]}") from None


class ObjectStore:
    """A ``PartStore`` in a bucket."""

    def __init__(self, settings: ObjectStoreSettings) -> None:
        """Connect. Raises :class:`ObjectStoreSetUpError` when the bucket cannot be reached."""
        access, secret = settings.keys()
        try:
            import boto3  # noqa: PLC0415 - an extra, and half a second
            from botocore.config import Config  # noqa: PLC0415
            from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415
        except ImportError:
            raise ObjectStoreSetUpError(f"{FILE}: install hall24[object-store]") from None
        self._faults = (BotoCoreError, ClientError)
        self._bucket, self._prefix = settings.bucket, settings.prefix
        self._client: Any = boto3.session.Session().client(
            "s3",
            endpoint_url=settings.endpoint,
            region_name=settings.region,
            aws_access_key_id=access,
            aws_secret_access_key=secret,
            config=Config(
                connect_timeout=_CONNECT_S,
                read_timeout=_READ_S,
                retries={"mode": "standard", "total_max_attempts": _ATTEMPTS},
                s3={"addressing_style": "path"},
                # Only the checksums that we ask for: older stores do not know the others.
                request_checksum_calculation="when_required",
                response_checksum_validation="when_required",
            ),
        )
        try:
            self._ask(lambda: self._client.head_bucket(Bucket=self._bucket))
        except OSError as error:
            raise ObjectStoreSetUpError(f"{FILE}: bucket {self._bucket}: {error}") from None

    def create(self, upload: str) -> None:
        """Make an empty upload if there is none."""
        self._put(self._upload(upload) + _CREATED, b"")

    def offset(self, upload: str) -> int | None:
        """Return how far the pieces reach without a gap; ``None`` when there is no upload."""
        there = list(self._listed(self._upload(upload)))
        return _reach(there) if there else None

    def append(self, upload: str, offset: int, data: bytes) -> None:
        """Write a piece; it is durable when this returns."""
        if data:
            self._put(f"{self._upload(upload)}{offset:012}", data)

    def sync(self, upload: str) -> None:
        """Nothing waits: every piece was durable when it was written."""

    def sha256(self, upload: str) -> str:
        """Return the hash of the whole upload."""
        return hashlib.sha256(self.read(upload) or b"").hexdigest()

    def start_again(self, upload: str) -> None:
        """Throw the pieces away."""
        pieces = [
            key for key, _, _ in self._listed(self._upload(upload)) if _start(key) is not None
        ]
        self._delete(pieces)

    def read(self, upload: str) -> bytes | None:
        """Return an upload; ``None`` when it is not there."""
        there = sorted(self._listed(self._upload(upload)))
        if not there:
            return None
        whole = bytearray()
        for key, size, _ in there:
            start = _start(key)
            if start is None or start + size <= len(whole):
                continue
            if start > len(whole):
                break
            data = self._get(key)
            if data is None:  # another worker throws it away
                return None
            whole += data[len(whole) - start :]
        return bytes(whole)

    def discard(self, upload: str) -> None:
        """Remove an upload; one that is gone is no error."""
        self._delete([key for key, _, _ in self._listed(self._upload(upload))])

    def uploads(self, *, idle_s: float = 0.0) -> list[str]:
        """Return the names of uploads that nobody wrote to for ``idle_s`` seconds, by the store's clock."""
        latest: dict[str, datetime] = {}
        root = f"{self._prefix}uploads/"
        for key, _, at in self._listed(root):
            name = key.removeprefix(root).partition("/")[0]
            latest[name] = max(at, latest.get(name, at))
        before = datetime.now(UTC) - timedelta(seconds=idle_s)
        return [name for name, at in latest.items() if at <= before]

    def keep_attachment(self, terminal: str, submission: UUID, sha256: str, data: bytes) -> str:
        """Store an attachment durably and return its name. Twice is no harm."""
        name = f"attachments/{terminal}/{submission}/{sha256}"
        self._put(self._prefix + name, data)
        return name

    def attachment(self, name: str) -> bytes:
        """Return a kept attachment. Raises ``FileNotFoundError``, ``BlobDamagedError``."""
        if not name.startswith("attachments/"):
            raise FileNotFoundError(name)
        data = self._get(self._prefix + name)
        if data is None:
            raise FileNotFoundError(name)
        if hashlib.sha256(data).hexdigest() != name.rpartition("/")[2]:
            raise BlobDamagedError("an attachment is not what its name says")
        return data

    def _upload(self, upload: str) -> str:
        if not upload.isalnum():  # names are hex digits of ours; nothing else becomes a key
            raise ValueError("not the name of an upload")
        return f"{self._prefix}uploads/{upload}/"

    def _put(self, key: str, data: bytes) -> None:
        digest = base64.b64encode(hashlib.sha256(data).digest()).decode("ascii")
        self._ask(
            lambda: self._client.put_object(
                Bucket=self._bucket, Key=key, Body=data, ChecksumSHA256=digest
            )
        )

    def _get(self, key: str) -> bytes | None:
        def whole() -> bytes:
            answer = self._client.get_object(Bucket=self._bucket, Key=key)
            with answer["Body"] as body:
                data: bytes = body.read()
            return data

        try:
            return self._ask(whole)
        except FileNotFoundError:
            return None

    def _listed(self, prefix: str) -> Iterator[tuple[str, int, datetime]]:
        """Give key, size and time of every object below a prefix."""
        pages = self._client.get_paginator("list_objects_v2").paginate(
            Bucket=self._bucket, Prefix=prefix
        )
        turns = iter(pages)
        while (page := self._ask(lambda: next(turns, None))) is not None:
            for each in page.get("Contents", ()):
                yield each["Key"], each["Size"], each["LastModified"]

    def _delete(self, keys: list[str]) -> None:
        for first in range(0, len(keys), _DELETE_AT_ONCE):
            some = [{"Key": key} for key in keys[first : first + _DELETE_AT_ONCE]]
            self._ask(
                lambda some=some: self._client.delete_objects(  # type: ignore[misc] # bound now
                    Bucket=self._bucket, Delete={"Objects": some, "Quiet": True}
                )
            )

    def _ask(self, question: Callable[[], _T]) -> _T:
        """Map the library's faults to ours, here and nowhere else."""
        try:
            return question()
        except self._faults as error:
            answer = getattr(error, "response", None) or {}  # nobody answered: None
            code = str(answer.get("Error", {}).get("Code", ""))
            if code in _MISSING:
                raise FileNotFoundError("no such object") from None
            raise BlobStoreAwayError(code or type(error).__name__) from None


def _start(key: str) -> int | None:
    """Return where a piece starts; ``None`` for what is no piece."""
    name = key.rpartition("/")[2]
    return int(name) if name.isascii() and name.isdecimal() else None


def _reach(there: list[tuple[str, int, datetime]]) -> int:
    reached = 0
    for key, size, _ in sorted(there):
        start = _start(key)
        if start is None:
            continue
        if start > reached:
            break
        reached = max(reached, start + size)
    return reached
