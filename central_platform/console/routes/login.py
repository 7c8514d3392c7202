# SPDX-License-Identifier: Apache-2.0
"""Coming and going: log-in, log-out, another password, another language."""

from __future__ import annotations

import secrets
from typing import Annotated
from urllib.parse import unquote, urlsplit

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from central_platform.api.access import Platform
from central_platform.console import accounts
from central_platform.console.access import console
from central_platform.console.accounts import (
    AccountError,
    LoginRefusedError,
    checked_account,
    set_password,
)
from central_platform.console.guard import (
    forget_session,
    keep_language,
    keep_login,
    keep_session,
    login_cookie,
    refuse_strange_form,
    session_cookie,
)
from central_platform.console.pages import LANGUAGES, page, to
from central_platform.console.sessions import Visitor, begin, csrf_token, end, visitor_behind

router = APIRouter()

Anybody = Annotated[Visitor, console(*accounts.CONSOLE_ROLES)]


@router.get("/login")
def login_page(request: Request, platform: Platform, ended: bool = False) -> Response:  # noqa: FBT001, FBT002 - a query
    """Ask who it is."""
    if visitor_behind(platform, session_cookie(request), acts=False) is not None:
        return to("/")
    return _asked(request, "ended" if ended else "")


@router.post("/login")
def log_in(request: Request, platform: Platform) -> Response:
    """Let somebody in whose name and password fit."""
    refuse_strange_form(request)
    form: dict[str, str] = request.state.form
    login = form.get("login", "")
    try:
        account = checked_account(platform, login, form.get("password", ""))
    except LoginRefusedError as error:
        why = "locked" if error.locked else "wrong"
        return _asked(request, why, login=login[:64], status=429 if error.locked else 403)
    answer = to("/")
    keep_session(request, answer, begin(platform, account))
    return answer


@router.post("/logout")
def log_out(request: Request, visitor: Anybody, platform: Platform) -> Response:
    """End the log-in."""
    end(platform, visitor)
    answer = to("/login")
    forget_session(request, answer)
    return answer


@router.get("/password")
def password_page(request: Request, visitor: Anybody) -> Response:
    """Ask for another password."""
    del visitor
    return page(request, "password", problem="")


@router.post("/password")
def change_password(request: Request, visitor: Anybody, platform: Platform) -> Response:
    """Take another password, for the one that fits now; every log-in of the account ends."""
    form: dict[str, str] = request.state.form
    new = form.get("new", "")
    try:
        if new != form.get("again", ""):
            raise AccountError("account.password_differs")
        checked_account(platform, visitor.member.name, form.get("password", ""))
        set_password(platform, visitor.member.name, new, by=visitor.member.name)
    except LoginRefusedError as error:
        problem = "login.locked" if error.locked else "account.password_wrong"
        return page(request, "password", status=403, problem=problem)
    except AccountError as error:
        return page(request, "password", status=422, problem=error.code)
    answer = to("/login")
    forget_session(request, answer)
    return answer


@router.get("/language")
def language(
    request: Request,
    chosen: Annotated[str, Query(alias="to", max_length=8)],
    back: Annotated[str, Query(max_length=500)] = "/",
) -> Response:
    """Keep the language and go back to the page."""
    answer = to(back if _is_ours(back) else "/")
    if chosen in LANGUAGES:
        keep_language(request, answer, chosen)
    return answer


def _is_ours(path: str) -> bool:
    """Tell whether this is a path within the console and nothing that a browser takes for a host."""
    plain = unquote(path)
    parts = urlsplit(plain)
    return (
        path.startswith("/")
        and not parts.scheme
        and not parts.netloc
        and not any(bad in plain for bad in ("\\", "//", "..", "\r", "\n"))
    )


def _asked(request: Request, why: str, *, login: str = "", status: int = 200) -> Response:
    cookie = login_cookie(request) or secrets.token_urlsafe(32)
    answer = page(
        request, "login", status=status, csrf=csrf_token(cookie), why=why, login=login, demo=False
    )
    keep_login(request, answer, cookie)
    return answer
