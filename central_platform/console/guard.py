# SPDX-License-Identifier: Apache-2.0
"""Around every page of the console: headers, cookies, and forms that only we can have made.

* A browser that keeps to these headers runs no script and no style but our files, sends forms nowhere else
  and shows no page inside another one.
* Every POST carries the token of its log-in, whatever route it is for: a route cannot forget to ask.
* The cookie is HttpOnly and SameSite=Strict. On a name other than loopback it is Secure and bound to the
  host (``__Host-``), so without HTTPS nobody can log in.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from http.cookies import CookieError, SimpleCookie
from typing import Final
from urllib.parse import parse_qsl, urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from central_platform.console.errors import ConsoleError
from central_platform.console.sessions import csrf_fits

PREFIX: Final = "/console"
LONGEST_FORM: Final = 32 * 1024
_MOST_FIELDS: Final = 40
_LOOPBACK = re.compile(r"(localhost|127\.\d+\.\d+\.\d+|\[::1\])(:\d+)?", re.IGNORECASE)
_SAFE = {"GET", "HEAD"}

HEADERS: Final[Mapping[str, str]] = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}


class Guard:
    """ASGI middleware of the console."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def headed(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers[name] = value
                if scope.get("scheme") == "https":
                    headers["Strict-Transport-Security"] = "max-age=31536000"
                headers.setdefault("Cache-Control", "no-store")
            await send(message)

        state = scope.setdefault("state", {})
        state["form"], state["form_refused"] = {}, None
        if scope["method"] not in _SAFE:
            state["form"], state["form_refused"] = await _read_form(Request(scope, receive))
        await self._app(scope, receive, headed)


def refuse_strange_form(request: Request) -> None:
    """Raise what was found wrong with the form of this request; every route depends on it."""
    refused: ConsoleError | None = request.state.form_refused
    if refused is not None:
        raise refused


async def _read_form(request: Request) -> tuple[dict[str, str], ConsoleError | None]:
    kind = request.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if kind != "application/x-www-form-urlencoded" or not _from_here(request.headers):
        return {}, ConsoleError(403, "form")
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > LONGEST_FORM:
            return {}, ConsoleError(413, "form")
    try:
        pairs = parse_qsl(
            body.decode("ascii"),
            keep_blank_values=True,
            encoding="utf-8",
            errors="replace",
            max_num_fields=_MOST_FIELDS,
        )
    except ValueError:
        return {}, ConsoleError(403, "form")
    form = {name: value.replace("\x00", "") for name, value in pairs}
    shown = form.pop("csrf", "")
    held = [session_cookie(request), login_cookie(request)]
    if not any(csrf_fits(cookie, shown) for cookie in held if cookie):
        return {}, ConsoleError(403, "form" if any(held) else "cookies")
    return form, None


def _from_here(headers: Headers) -> bool:
    """Tell whether the browser says that one of our own pages sent this; old browsers say nothing."""
    if headers.get("Sec-Fetch-Site", "same-origin") not in {"same-origin", "none"}:
        return False
    origin = headers.get("Origin")
    return origin is None or urlsplit(origin).netloc == headers.get("Host", "")


# --- cookies ------------------------------------------------------------------------------------


def _by_loopback(request: Request) -> bool:
    return _LOOPBACK.fullmatch(request.headers.get("Host", "")) is not None


def _named(request: Request, name: str) -> str:
    return name if _by_loopback(request) else f"__Host-{name}"


def _cookie(request: Request, name: str) -> str:
    try:
        held = SimpleCookie(request.headers.get("Cookie", ""))
    except CookieError:
        return ""
    found = held.get(_named(request, name))
    return found.value if found is not None else ""


def session_cookie(request: Request) -> str:
    """Return what the log-in's cookie holds, or nothing."""
    return _cookie(request, "hall24_console")


def login_cookie(request: Request) -> str:
    """Return what the cookie of the page of log-in holds, or nothing."""
    return _cookie(request, "hall24_login")


def language_cookie(request: Request) -> str:
    """Return the language that was chosen, or nothing."""
    return _cookie(request, "hall24_language")


def keep_session(request: Request, answer: Response, token: str) -> None:
    """Let the browser keep a log-in until it is closed."""
    _keep(request, answer, "hall24_console", token)
    _keep(request, answer, "hall24_login", "", age_s=0)


def forget_session(request: Request, answer: Response) -> None:
    """Let the browser forget its log-in."""
    _keep(request, answer, "hall24_console", "", age_s=0)


def keep_login(request: Request, answer: Response, token: str) -> None:
    """Let the browser keep what binds a page of log-in to it."""
    _keep(request, answer, "hall24_login", token)


def keep_language(request: Request, answer: Response, language: str) -> None:
    """Let the browser keep a language for a year."""
    _keep(request, answer, "hall24_language", language, age_s=365 * 24 * 3600)


def _keep(
    request: Request, answer: Response, name: str, value: str, age_s: int | None = None
) -> None:
    answer.set_cookie(
        _named(request, name),
        value,
        max_age=age_s,
        path="/",
        secure=not _by_loopback(request),
        httponly=True,
        samesite="strict",
    )
