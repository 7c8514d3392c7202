# SPDX-License-Identifier: Apache-2.0
"""Who may open which page, said once at each route and read off the application for the documents."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from fastapi import Depends, FastAPI, Request
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from central_platform.api.access import Platform
from central_platform.console.accounts import CONSOLE_ROLES, ConsoleRole
from central_platform.console.errors import ConsoleError, LoginWantedError
from central_platform.console.guard import PREFIX, refuse_strange_form, session_cookie
from central_platform.console.sessions import Visitor, visitor_behind

ANONYMOUS: Final = "anonymous"
CONSOLE_CALLERS: Final = (ANONYMOUS, *CONSOLE_ROLES)


@dataclass(frozen=True)
class ConsoleRoles:
    """A dependency that lets these roles in; strangers go to the page of log-in, other roles get a 403.

    ``acts`` is false for what a page asks by itself: that keeps no log-in alive.
    """

    roles: frozenset[ConsoleRole]
    acts: bool = True

    def __call__(self, request: Request, platform: Platform) -> Visitor:
        """Return who asks."""
        cookie = session_cookie(request)
        visitor = visitor_behind(platform, cookie, acts=self.acts) if cookie else None
        if visitor is None:
            raise LoginWantedError(ended=bool(cookie))
        request.state.visitor = visitor
        if visitor.role not in self.roles:
            raise ConsoleError(403, "role")
        refuse_strange_form(request)
        return visitor


def console(*roles: ConsoleRole, acts: bool = True) -> Callable[..., Visitor]:
    """Return the dependency that lets these roles in, for ``Annotated[Visitor, …]``."""
    dependency: Callable[..., Visitor] = Depends(ConsoleRoles(frozenset(roles), acts))
    return dependency


@dataclass(frozen=True, slots=True)
class PageAccess:
    """Who may open one page."""

    method: str
    path: str
    allowed: frozenset[str]


def page_access(app: FastAPI) -> tuple[PageAccess, ...]:
    """Return, for every page of the console, who is let in; ordered by path and method."""
    rows = [
        PageAccess(method, f"{PREFIX}{route.path}", _allowed(route))
        for route in app.state.pages
        if isinstance(route, APIRoute)
        for method in sorted(route.methods or ())
    ]
    return tuple(sorted(rows, key=lambda row: (row.path, row.method)))


def page_access_markdown(app: FastAPI) -> str:
    """Return the table of pages and roles for people."""
    lines = [
        "",
        "## Pages of the operations console",
        "",
        "A host sees its own terminals only, an auditor changes nothing. ● is let in; who is not logged in",
        "is led to the page of log-in, another role gets 403.",
        "",
        f"| page | {' | '.join(CONSOLE_CALLERS)} |",
        f"|---|{':-:|' * len(CONSOLE_CALLERS)}",
    ]
    for row in page_access(app):
        marks = " | ".join("●" if caller in row.allowed else " " for caller in CONSOLE_CALLERS)
        lines.append(f"| `{row.method} {row.path}` | {marks} |")
    return "\n".join(lines) + "\n"


def _allowed(route: APIRoute) -> frozenset[str]:
    for call in _calls(route.dependant):
        if isinstance(call, ConsoleRoles):
            return frozenset(call.roles)
    return frozenset(CONSOLE_CALLERS)


def _calls(dependant: Dependant) -> Iterator[object]:
    yield dependant.call
    for inner in dependant.dependencies:
        yield from _calls(inner)
