# SPDX-License-Identifier: Apache-2.0
"""Sealed parts on their way: tus 1.0 (core, creation, creation-with-upload), resumable at any byte.

Creating an upload is idempotent at our platforms: the same part of the same submission has the same
address, and the answer names the offset reached so far. So nothing has to be remembered on this side.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from typing import Protocol
from urllib.parse import urlsplit

from kiosk.platform_client.http_errors import Answer, OffsetError
from kiosk.platform_client.port import AnswerInvalidError, BusyError, LinkError, RefusedError
from kiosk.protocol.envelope import Manifest, SealedPart
from kiosk.protocol.wire import API_PREFIX, sha256_hex

TUS_VERSION = "1.0.0"
CHUNK_BYTES = 256 * 1024
"""The most that a cut can cost; small enough for a village's line, large enough for a city's."""
_SETBACKS = 2
_OFFSET_TYPE = "application/offset+octet-stream"


class Asker(Protocol):
    """One authorised request to a path below the protocol's prefix."""

    def __call__(
        self, method: str, path: str, *, data: bytes | None, headers: dict[str, str]
    ) -> Answer:
        """Return the answer or raise a ``PlatformError``."""


class Uploader:
    """Sends the parts of one submission.

    ``on_progress(bytes_done, bytes_total)`` counts what the platform has confirmed, parts it already had
    included.
    """

    def __init__(
        self,
        ask: Asker,
        base: str,
        manifest: Manifest,
        on_progress: Callable[[int, int], None],
        chunk_bytes: int = CHUNK_BYTES,
    ) -> None:
        self._ask = ask
        self._base = base
        self._manifest = manifest
        self._on_progress = on_progress
        self._chunk_bytes = chunk_bytes
        self._total = sum(part.size for part in manifest.parts)
        self._confirmed = 0

    def send(self, missing: Sequence[str], open_part: Callable[[str], bytes]) -> None:
        """Send the parts that the platform asked for. Raises ``PlatformError``; may be called again."""
        parts = {part.name: part for part in self._manifest.parts}
        unknown = [name for name in missing if name not in parts]
        if unknown or not missing:
            raise AnswerInvalidError("platform.answer_invalid", "asks for parts that are not there")
        self._confirmed = sum(part.size for name, part in parts.items() if name not in missing)
        for name in missing:
            self._send_part(parts[name], open_part(name))

    def done(self) -> None:
        """Say that the platform has everything."""
        self._on_progress(self._total, self._total)

    def _send_part(self, part: SealedPart, data: bytes) -> None:
        if len(data) != part.size or sha256_hex(data) != part.sha256:
            # Not what was sealed: the platform would only find out after the whole way.
            raise RefusedError("submission.part_damaged", part.name)
        path, offset = self._create(part, data)
        self._on_progress(self._confirmed + offset, self._total)
        setbacks = 0
        while offset < part.size:
            reached = self._patch_or_resume(path, data, offset)
            setbacks += reached < offset  # the platform threw damaged bytes away
            if setbacks > _SETBACKS:
                raise LinkError("link.cut", "the platform keeps losing bytes")
            offset = reached
            self._on_progress(self._confirmed + offset, self._total)
        self._confirmed += part.size

    def _create(self, part: SealedPart, data: bytes) -> tuple[str, int]:
        whole = len(data) <= self._chunk_bytes  # then one request creates and sends
        headers = {
            "Tus-Resumable": TUS_VERSION,
            "Upload-Length": str(part.size),
            "Upload-Metadata": _metadata(
                submission=str(self._manifest.id), part=part.name, sha256=part.sha256
            ),
        }
        if whole:
            headers["Content-Type"] = _OFFSET_TYPE
        try:
            answer = self._ask("POST", "/files", data=data if whole else None, headers=headers)
        except OffsetError as error:
            raise BusyError(
                None, error.code
            ) from None  # somebody else sends the same part just now
        return self._path(answer.headers.get("Location", "")), _offset(answer, 0, part.size)

    def _patch_or_resume(self, path: str, data: bytes, offset: int) -> int:
        """Send one chunk; after a cut ask how far it came and go on while there is progress."""
        chunk = data[offset : offset + self._chunk_bytes]
        headers = {
            "Tus-Resumable": TUS_VERSION,
            "Upload-Offset": str(offset),
            "Content-Type": _OFFSET_TYPE,
        }
        try:
            answer = self._ask("PATCH", path, data=chunk, headers=headers)
            reached = _offset(answer, offset, len(data))
        except (LinkError, OffsetError) as cut:
            reached = self._offset_over_there(path, len(data))
            if reached == offset:
                # No progress: leave the pause before the next try to the caller.
                raise cut if isinstance(cut, LinkError) else BusyError(None, cut.code) from None
            return reached
        if reached == offset:
            raise AnswerInvalidError("platform.answer_invalid", "the upload does not move")
        return reached

    def _offset_over_there(self, path: str, size: int) -> int:
        answer = self._ask("HEAD", path, data=None, headers={"Tus-Resumable": TUS_VERSION})
        return _offset(answer, 0, size)

    def _path(self, location: str) -> str:
        """Return the path of an upload; an address at another host is not the platform's word."""
        there, here = urlsplit(location), urlsplit(self._base)
        if there.netloc and (there.scheme, there.netloc) != (here.scheme, here.netloc):
            raise AnswerInvalidError("platform.answer_invalid", "upload at another host")
        prefix = f"{here.path}/files/"
        if not there.path.startswith(prefix) and not there.path.startswith(f"{API_PREFIX}/files/"):
            raise AnswerInvalidError("platform.answer_invalid", "upload without an address")
        return f"/files/{there.path.rpartition('/')[2]}"


def _metadata(**values: str) -> str:
    return ",".join(
        f"{key} {base64.b64encode(value.encode()).decode()}" for key, value in values.items()
    )


_LONGEST_NUMBER = 18
"""Digits; Python refuses thousands of them, no file needs more than these."""


def _offset(answer: Answer, least: int, most: int) -> int:
    text = answer.headers.get("Upload-Offset", "")
    if not text.isdecimal() or len(text) > _LONGEST_NUMBER or not least <= int(text) <= most:
        raise AnswerInvalidError("platform.answer_invalid", "no usable Upload-Offset")
    return int(text)
