# SPDX-License-Identifier: Apache-2.0
"""Sealed parts by resumable upload: tus 1.0 with creation and creation-with-upload.

An upload's address follows from what it is (terminal, submission, part, size, hash), so creating it again
after a lost answer leads to the same upload and its offset, not to a second one. Bytes that arrived before
a connection broke are kept. Where two requests write one upload, the later one wins and the earlier one
stops: it is the remains of a connection that the terminal has given up.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from uuid import UUID

from fastapi import APIRouter, Request
from sqlalchemy.exc import IntegrityError
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect
from starlette.responses import Response

from central_platform.api.access import KnownTerminal, Platform
from central_platform.api.errors import ApiError
from central_platform.context import PlatformContext
from central_platform.storage.models import Upload
from kiosk.protocol.wire import API_PREFIX

router = APIRouter(tags=["files"])

TUS_VERSION = "1.0.0"
MAX_PART_BYTES = 64 * 1024 * 1024
_OFFSET_TYPE = "application/offset+octet-stream"
_BLOCK_BYTES = 256 * 1024
_SHA256_HEX_DIGITS = 64
_TUS = {"Tus-Resumable": TUS_VERSION}
_writers: dict[str, asyncio.Task[object]] = {}
"""Who is writing which upload in this process."""
_superseded: set[asyncio.Task[object]] = set()


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A part that a terminal wants to send."""

    submission: UUID
    part: str
    size: int
    sha256: str

    def address(self, terminal: str) -> str:
        return upload_id(terminal, self.submission, self.part, self.size, self.sha256)


def upload_id(terminal: str, submission: UUID, part: str, size: int, sha256: str) -> str:
    """Return the name of the upload of exactly this part."""
    what = "\x00".join((terminal, str(submission), part, str(size), sha256))
    return hashlib.sha256(what.encode("utf-8")).hexdigest()[:40]


@router.options("/files", status_code=204)
@router.options("/files/{upload}", status_code=204)
async def options(upload: str = "") -> Response:
    """Say what this server can do."""
    del upload
    return Response(
        status_code=204,
        headers={
            **_TUS,
            "Tus-Version": TUS_VERSION,
            "Tus-Extension": "creation,creation-with-upload",
            "Tus-Max-Size": str(MAX_PART_BYTES),
        },
    )


@router.post("/files", status_code=201)
async def create(request: Request, terminal: KnownTerminal, platform: Platform) -> Response:
    """Create an upload, or find the one that is there; a body is its first bytes."""
    _check_version(request)
    wanted = _wanted(request)
    upload = wanted.address(terminal)
    await run_in_threadpool(_register, platform, terminal, upload, wanted)
    await _supersede(upload)
    offset = await run_in_threadpool(lambda: platform.parts.offset(upload) or 0)
    if request.headers.get("Content-Type") == _OFFSET_TYPE:
        if offset < wanted.size:
            # The same bytes as before as far as they came: the address is made from their hash.
            await _receive(request, platform, upload, 0, wanted.size, wanted.sha256)
            offset = await run_in_threadpool(lambda: platform.parts.offset(upload) or 0)
        else:
            await request.body()
    location = f"{API_PREFIX}/files/{upload}"
    return Response(
        status_code=201, headers={**_TUS, "Location": location, "Upload-Offset": str(offset)}
    )


@router.head("/files/{upload}")
async def head(
    upload: str, request: Request, terminal: KnownTerminal, platform: Platform
) -> Response:
    """Say how far an upload came."""
    _check_version(request)
    row, offset = await run_in_threadpool(_find, platform, terminal, upload)
    return Response(
        status_code=200,
        headers={**_TUS, "Upload-Offset": str(offset), "Upload-Length": str(row.size)},
    )


@router.patch("/files/{upload}", status_code=204)
async def patch(
    upload: str, request: Request, terminal: KnownTerminal, platform: Platform
) -> Response:
    """Take the next bytes of an upload."""
    _check_version(request)
    if request.headers.get("Content-Type") != _OFFSET_TYPE:
        raise ApiError(415, "file.type", f"The body must be {_OFFSET_TYPE}.")
    starts = _number(request, "Upload-Offset")
    await _supersede(upload)
    row, offset = await run_in_threadpool(_find, platform, terminal, upload)
    if starts != offset:
        raise ApiError(
            409,
            "file.offset",
            "The upload is at another offset.",
            headers={"Upload-Offset": str(offset)},
        )
    offset = await _receive(request, platform, upload, offset, row.size, row.sha256)
    return Response(status_code=204, headers={**_TUS, "Upload-Offset": str(offset)})


async def _receive(  # noqa: PLR0917 - where the bytes go
    request: Request,
    platform: PlatformContext,
    upload: str,
    offset: int,
    size: int,
    sha256: str,
) -> int:
    """Write the body at ``offset``; return the new offset. What arrived before a cut is kept."""
    me = asyncio.current_task()
    assert me is not None  # noqa: S101 - we run in a coroutine
    _writers[upload] = me
    parts = platform.parts
    try:
        async for block in _blocks(request):
            if offset + len(block) > size:
                raise ApiError(413, "file.too_long", "More bytes than were announced.")
            await run_in_threadpool(parts.append, upload, offset, block)
            offset += len(block)
    except asyncio.CancelledError:
        if me not in _superseded:
            raise
        me.uncancel()
        raise ApiError(409, "file.offset", "A later request writes this upload.") from None
    finally:
        _superseded.discard(me)
        if _writers.get(upload) is me:
            del _writers[upload]
        # Shielded: a superseded writer too leaves only bytes that are on the disk.
        await asyncio.shield(run_in_threadpool(parts.sync, upload))
    if offset == size and await run_in_threadpool(parts.sha256, upload) != sha256:
        await run_in_threadpool(parts.start_again, upload)
        raise ApiError(460, "file.checksum", "The bytes were damaged on the way.")
    return offset


async def _blocks(request: Request) -> AsyncIterator[bytes]:
    """Give the body in large blocks; a cut ends it after the last byte that came."""
    waiting = bytearray()
    try:
        async for piece in request.stream():
            waiting += piece
            if len(waiting) >= _BLOCK_BYTES:
                yield bytes(waiting)
                waiting.clear()
    except ClientDisconnect:
        pass
    if waiting:
        yield bytes(waiting)


async def _supersede(upload: str) -> None:
    """Stop an earlier request that still writes this upload, and wait until it has let go."""
    earlier = _writers.get(upload)
    if earlier is not None:
        _superseded.add(earlier)
        earlier.cancel()
        await asyncio.wait([earlier], timeout=5)


def _register(platform: PlatformContext, terminal: str, upload: str, wanted: _Wanted) -> None:
    platform.parts.create(upload)
    with platform.database.read() as session:
        if session.get(Upload, upload) is not None:
            return
    try:
        with platform.database.write() as session:
            session.add(
                Upload(
                    id=upload,
                    terminal=terminal,
                    submission=wanted.submission,
                    part=wanted.part,
                    size=wanted.size,
                    sha256=wanted.sha256,
                    created_at=platform.now(),
                )
            )
    except IntegrityError:
        return  # a twin was quicker; it is the same upload


def _find(platform: PlatformContext, terminal: str, upload: str) -> tuple[Upload, int]:
    with platform.database.read() as session:
        row = session.get(Upload, upload)
    offset = platform.parts.offset(upload) if row is not None and row.terminal == terminal else None
    if row is None or offset is None:
        raise ApiError(404, "file.unknown", "No such upload.")
    return row, offset


def _wanted(request: Request) -> _Wanted:
    size = _number(request, "Upload-Length")
    if size > MAX_PART_BYTES:
        raise ApiError(413, "file.too_long", "The part is larger than this platform takes.")
    metadata = _metadata(request.headers.get("Upload-Metadata", ""))
    try:
        submission = UUID(metadata["submission"])
        part, sha256 = metadata["part"], metadata["sha256"]
    except (KeyError, ValueError):
        raise _bad_request("Upload-Metadata") from None
    if len(sha256) != _SHA256_HEX_DIGITS or not 0 < len(part) <= _SHA256_HEX_DIGITS:
        raise _bad_request("Upload-Metadata")
    return _Wanted(submission, part, size, sha256)


def _metadata(header: str) -> dict[str, str]:
    values = {}
    for pair in header.split(","):
        key, _, encoded = pair.strip().partition(" ")
        try:
            values[key] = base64.b64decode(encoded, validate=True).decode("utf-8")
        except ValueError:  # no base64, no ASCII or no UTF-8
            raise _bad_request("Upload-Metadata") from None
    return values


_LONGEST_NUMBER = 18
"""Digits; Python refuses to read thousands of them."""


def _number(request: Request, header: str) -> int:
    text = request.headers.get(header, "")
    if not text.isascii() or not text.isdecimal() or len(text) > _LONGEST_NUMBER:
        raise _bad_request(header)
    return int(text)


def _check_version(request: Request) -> None:
    if request.headers.get("Tus-Resumable") != TUS_VERSION:
        raise ApiError(
            412,
            "file.tus_version",
            "tus 1.0.0 is spoken here.",
            headers={"Tus-Version": TUS_VERSION},
        )


def _bad_request(header: str) -> ApiError:
    return ApiError(400, "request.invalid", f"{header} is missing or wrong.")
