# SPDX-License-Identifier: Apache-2.0
"""Answers with an ETag: a terminal that has the document already hears 304 and nothing else (RFC 9110 §13.1.2)."""

from __future__ import annotations

from collections.abc import Callable

from fastapi import Request
from starlette.responses import Response

from kiosk.protocol.wire import WireModel, sha256_hex


def conditional(request: Request, etag: str, body: Callable[[], str]) -> Response:
    """Return ``body()`` as JSON under ``etag``, or 304 when the asker names that tag."""
    headers = {"ETag": etag, "Cache-Control": "no-cache"}
    known = [tag.strip() for tag in request.headers.get("If-None-Match", "").split(",")]
    if etag in known:
        return Response(status_code=304, headers=headers)
    return Response(body(), headers=headers, media_type="application/json")


def content_tag(document: WireModel) -> str:
    """Return the name of this version: equal documents have equal names."""
    return f'"{sha256_hex(document.canonical())[:16]}"'


def conditional_document(request: Request, document: WireModel) -> Response:
    """Return a document under the tag of its own content, or 304."""
    return conditional(request, content_tag(document), document.model_dump_json)
