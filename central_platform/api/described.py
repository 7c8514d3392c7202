# SPDX-License-Identifier: Apache-2.0
"""The published OpenAPI, complete: who may call each route, and what a refusal looks like.

Both are read off the application itself, so the description cannot say something else than the code does.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

from fastapi import APIRouter, FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute

from central_platform.api.access import known_terminal
from central_platform.api.errors import PROBLEM_TYPE
from central_platform.api.roles import ROLES, AllowedRoles
from central_platform.console.access import page_access_markdown
from kiosk.protocol.wire import API_PREFIX, Problem

TERMINAL = "terminal"
NOBODY = "anonymous"
CALLERS = (NOBODY, TERMINAL, *ROLES)
"""Everybody who could call a route."""

_SCHEMES = {
    "terminal": {
        "type": "http",
        "scheme": "bearer",
        "description": "A terminal's access token, from /v1/token.",
    },
    "staff": {
        "type": "http",
        "scheme": "bearer",
        "description": "A staff token, from `central-platform staff-token`.",
    },
}


@dataclass(frozen=True, slots=True)
class Access:
    """Who may call one route."""

    method: str
    path: str
    allowed: frozenset[str]
    """Out of :data:`CALLERS`; a route that needs nobody known allows all of them."""


def access_table(app: FastAPI) -> tuple[Access, ...]:
    """Return, for every published route, who is let in; ordered by path and method."""
    rows = [
        Access(method, f"{API_PREFIX}{route.path}", _allowed(route))
        for route in _routes(app)
        for method in sorted(route.methods or ())
    ]
    return tuple(sorted(rows, key=lambda row: (row.path, row.method)))


def install(app: FastAPI, routers: tuple[APIRouter, ...]) -> None:
    """Publish the complete description of these routers at the application's ``openapi_url``.

    Putting a function in place of ``app.openapi`` is FastAPI's documented way to extend it.
    """
    app.state.published = routers

    def described() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _described(app)
        return app.openapi_schema

    app.openapi = described  # type: ignore[method-assign]


def _described(app: FastAPI) -> dict[str, Any]:
    document = get_openapi(
        title=app.title,
        version=app.version,
        summary=app.summary,
        routes=app.routes,
    )
    components = document.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    schemas["Problem"] = Problem.model_json_schema()
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    components["securitySchemes"] = _SCHEMES
    allowed = {(row.method.lower(), row.path): row.allowed for row in access_table(app)}
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            responses = operation.setdefault("responses", {})
            responses.pop("422", None)
            responses["default"] = {
                "description": "A refusal (RFC 9457); `code` is stable.",
                "content": {
                    PROBLEM_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}},
                },
            }
            operation["security"] = _security(allowed[method, path])
    return document


def _security(allowed: frozenset[str]) -> list[Mapping[str, list[str]]]:
    if NOBODY in allowed:
        return []
    if TERMINAL in allowed:
        return [{"terminal": []}]
    return [{"staff": sorted(allowed)}]


def _routes(app: FastAPI) -> Iterator[APIRoute]:
    routers: tuple[APIRouter, ...] = app.state.published
    for router in routers:
        for route in router.routes:
            if isinstance(route, APIRoute) and route.include_in_schema:
                yield route


def _allowed(route: APIRoute) -> frozenset[str]:
    for call in _calls(route.dependant):
        if call is known_terminal:
            return frozenset({TERMINAL})
        if isinstance(call, AllowedRoles):
            return frozenset(cast("frozenset[str]", call.roles))
    return frozenset(CALLERS)


def _calls(dependant: Dependant) -> Iterator[object]:
    yield dependant.call
    for inner in dependant.dependencies:
        yield from _calls(inner)


def access_markdown(app: FastAPI) -> str:
    """Return the table of routes and callers for people."""
    lines = [
        "# Who may call what",
        "",
        "Written by `central-platform access`; a test compares it with the platform and asks every route",
        "as everybody. ● is let in; all others get 401 (not known) or 403 (another role).",
        "",
        f"| route | {' | '.join(CALLERS)} |",
        f"|---|{':-:|' * len(CALLERS)}",
    ]
    for row in access_table(app):
        marks = " | ".join("●" if caller in row.allowed else " " for caller in CALLERS)
        lines.append(f"| `{row.method} {row.path}` | {marks} |")
    return "\n".join(lines) + "\n" + page_access_markdown(app.state.console)
