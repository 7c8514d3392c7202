# SPDX-License-Identifier: Apache-2.0
"""Pages: a template, the words of a language, who looks at it. Nothing of the browser's is trusted in them."""

from __future__ import annotations

from functools import cache
from typing import Any
from urllib.parse import urlencode

from fastapi import Request
from jinja2 import Environment, PackageLoader, StrictUndefined
from sqlalchemy.exc import SQLAlchemyError
from starlette.responses import HTMLResponse, RedirectResponse, Response

from central_platform.console.alerts_view import unseen_alerts
from central_platform.console.assets import asset_address
from central_platform.console.guard import PREFIX, language_cookie, session_cookie
from central_platform.console.sessions import Visitor, csrf_token
from central_platform.console.words import Words
from central_platform.context import PlatformContext
from kiosk.protocol.wire import Language

LANGUAGES: tuple[Language, ...] = ("zh", "en")


def words_for(request: Request) -> Words:
    """Return the words of the language that was chosen, or that the browser asks for, or Chinese."""
    platform: PlatformContext = request.app.state.platform
    chosen = language_cookie(request)
    language = next((each for each in LANGUAGES if each == chosen), None)
    if language is None:
        asked = request.headers.get("Accept-Language", "").lower()
        language = "en" if asked.startswith("en") else "zh"
    return Words(language, platform.now())


def page(
    request: Request,
    name: str,
    *,
    status: int = 200,
    csrf: str | None = None,
    **facts: Any,  # noqa: ANN401 - whatever the template shows
) -> Response:
    """Return the page of a template; ``csrf`` only for forms shown before there is a log-in."""
    words = words_for(request)
    visitor: Visitor | None = getattr(request.state, "visitor", None)
    html = rendered(
        name,
        words,
        visitor=visitor,
        unseen=_unseen(request, visitor),
        csrf=csrf if csrf is not None else csrf_token(session_cookie(request)),
        here=_here(request),
        other_language=_in_other_language(request, words),
        **facts,
    )
    return HTMLResponse(html, status_code=status)


def rendered(name: str, words: Words, **facts: Any) -> str:  # noqa: ANN401 - as above
    """Return a template filled in."""
    template = _templates().get_template(f"{name}.html")
    return template.render(w=words, prefix=PREFIX, asset=asset_address, **facts)


def to(path: str) -> Response:
    """Send the browser to a page of the console; after a form, so that reloading repeats nothing."""
    return RedirectResponse(f"{PREFIX}{path}", status_code=303)


def is_part(request: Request) -> bool:
    """Tell whether a page asks for a part of itself."""
    return request.headers.get("HX-Request") == "true"


def _unseen(request: Request, visitor: Visitor | None) -> int:
    """Return how many alerts stand beside the menu; a database that is away must not take the page with it."""
    if visitor is None:
        return 0
    platform: PlatformContext = request.app.state.platform
    try:
        with platform.database.read() as session:
            return unseen_alerts(session, visitor)
    except SQLAlchemyError:
        return 0


def _here(request: Request) -> str:
    return request.url.path.removeprefix(PREFIX) or "/"


def _in_other_language(request: Request, words: Words) -> str:
    other = "en" if words.language == "zh" else "zh"
    back = _here(request)
    if request.method == "GET" and request.url.query:
        back = f"{back}?{request.url.query}"
    return f"{PREFIX}/language?{urlencode({'to': other, 'back': back})}"


@cache
def _templates() -> Environment:
    templates = Environment(
        loader=PackageLoader("central_platform.console", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.filters["roled"] = _role_name
    return templates


def _role_name(role: str, words: Words) -> str:
    return words.nearest("role", role)
