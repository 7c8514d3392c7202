# SPDX-License-Identifier: Apache-2.0
"""Around every request: the protocol's header, one log line without personal data, an honest 500.

The log names the route's pattern and not the address: addresses carry one-time secrets.
"""

from __future__ import annotations

import asyncio
import logging
import time

from sqlalchemy.exc import DataError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from central_platform.api.errors import problem_response
from central_platform.storage.blobs import BlobStoreAwayError
from kiosk.protocol.messages import PROTOCOL_HEADER, PROTOCOL_VERSION
from kiosk.protocol.wire import Problem

_log = logging.getLogger("central_platform.access")
_SYNTHETIC_HEADER = "Hall24-Synthetic"
"""Every answer of this platform is about invented people; a real one does not send this."""
_RETRY_AFTER_S = "5"
_DATA = ("application/json", "application/problem+json")
_NOTHING_RUNS = "default-src 'none'; frame-ancestors 'none'"
"""For a browser that is made to show an answer as a page; pages of ours say their own."""
_FIRST_REFUSAL = 400
_DRAIN_BYTES = 1024 * 1024
_DRAIN_S = 2.0


class Frame:
    """ASGI middleware."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        status = 0
        body = _Body(receive)

        async def marked(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                if status >= _FIRST_REFUSAL:
                    await body.drain()
                headers = MutableHeaders(scope=message)
                # Behind all that matters: a head that breaks off has no protocol header either, so nobody
                # takes half of an Upload-Offset for a whole one.
                headers[PROTOCOL_HEADER] = PROTOCOL_VERSION
                headers[_SYNTHETIC_HEADER] = "yes"
                headers.setdefault("Cache-Control", "no-store")
                headers.setdefault("X-Content-Type-Options", "nosniff")
                if headers.get("Content-Type", "").startswith(_DATA):
                    headers.setdefault("Content-Security-Policy", _NOTHING_RUNS)
                    headers.setdefault("Referrer-Policy", "no-referrer")
            await send(message)

        try:
            await self._app(scope, body.receive, marked)
        except Exception as error:  # noqa: BLE001 - the last line of defence: any fault becomes an answer
            # No traceback: it may quote people's data.
            level = logging.INFO if isinstance(error, DataError) else logging.ERROR
            _log.log(level, "%s at %s", type(error).__name__, _where(error))
            if status == 0:
                await _apology(error)(scope, body.receive, marked)
        finally:
            took_ms = (time.perf_counter() - started) * 1000
            _log.info("%s %s %s %.0f ms", scope["method"], _pattern(scope), status, took_ms)


class _Body:
    """The request's body, so that a refusal can be sent after it and not across it.

    Closing a connection with unread bytes resets it, and the reset can overtake the refusal: the terminal
    would see a broken line where it should see why.
    """

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._ended = False

    async def receive(self) -> Message:
        """Give the next message and note the last."""
        message = await self._receive()
        if message["type"] != "http.request" or not message.get("more_body", False):
            self._ended = True
        return message

    async def drain(self) -> None:
        """Read what is still coming, within reason."""
        left = _DRAIN_BYTES
        try:
            async with asyncio.timeout(_DRAIN_S):
                while not self._ended and left > 0:
                    left -= len((await self.receive()).get("body", b""))
        except TimeoutError:
            return


def _apology(error: Exception) -> ASGIApp:
    # The database is locked, away or has no connection left, or the blobs are away: later it works.
    if isinstance(error, OperationalError | PoolTimeoutError | BlobStoreAwayError):
        return problem_response(
            Problem(title="Please try again later.", status=503, code="platform.busy"),
            {"Retry-After": _RETRY_AFTER_S},
        )
    if isinstance(error, DataError):  # a NUL in a text, a text beyond its column
        return problem_response(
            Problem(
                title="The request holds a value that cannot be stored.",
                status=422,
                code="request.invalid",
            )
        )
    return problem_response(
        Problem(title="The platform made a mistake.", status=500, code="platform.error")
    )


def _pattern(scope: Scope) -> str:
    route = scope.get("route")
    return str(getattr(route, "path", "(no route)"))


def _where(error: Exception) -> str:
    trace = error.__traceback__
    if trace is None:
        return "?"
    while trace.tb_next is not None:
        trace = trace.tb_next
    return f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}"
