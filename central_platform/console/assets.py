# SPDX-License-Identifier: Apache-2.0
"""The console's few files for the browser, each under an address that changes with its content."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

from fastapi import APIRouter
from starlette.responses import Response

from central_platform.console.errors import ConsoleError
from central_platform.console.guard import PREFIX
from kiosk.protocol.wire import sha256_hex

router = APIRouter()

_TYPES: Final = {
    "console.css": "text/css; charset=utf-8",
    "console.js": "text/javascript; charset=utf-8",
    "htmx.min.js": "text/javascript; charset=utf-8",
    "icon.svg": "image/svg+xml",
}


@dataclass(frozen=True, slots=True)
class _Asset:
    content: bytes
    version: str


@router.get("/static/{name}")
def asset(name: str) -> Response:
    """Return a file."""
    kind = _TYPES.get(name)
    if kind is None:
        raise ConsoleError(404, "page")
    return Response(
        _loaded(name).content,
        media_type=kind,
        headers={"Cache-Control": "public, max-age=31536000, immutable"},
    )


def asset_address(name: str) -> str:
    """Return the address of a file."""
    return f"{PREFIX}/static/{name}?v={_loaded(name).version}"


@cache
def _loaded(name: str) -> _Asset:
    content = files("central_platform.console").joinpath("static", name).read_bytes()
    return _Asset(content, sha256_hex(content)[:12])
