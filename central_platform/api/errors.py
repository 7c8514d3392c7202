# SPDX-License-Identifier: Apache-2.0
"""Refusals as problem documents (RFC 9457) with our stable codes."""

from __future__ import annotations

from collections.abc import Mapping

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from kiosk.protocol.wire import Problem

PROBLEM_TYPE = "application/problem+json"


class ApiError(Exception):
    """A refusal; ``code`` is stable, ``title`` is for people who read logs and never for deciding."""

    def __init__(
        self,
        status: int,
        code: str,
        title: str,
        *,
        detail: str = "",
        missing: tuple[str, ...] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self.problem = Problem(
            title=title, status=status, code=code, detail=detail, missing=missing
        )
        self.headers = dict(headers or {})
        super().__init__(code)


def problem_response(problem: Problem, headers: Mapping[str, str] | None = None) -> Response:
    """Return the document as an answer."""
    return Response(
        problem.model_dump_json(),
        status_code=problem.status,
        headers=dict(headers or {}),
        media_type=PROBLEM_TYPE,
    )


def install(app: FastAPI) -> None:
    """Answer every refusal in this form. What was sent is never quoted: it may be a person's data."""

    async def ours(_request: Request, error: Exception) -> Response:
        assert isinstance(error, ApiError)  # noqa: S101 - registered for this class only
        return problem_response(error.problem, error.headers)

    async def unreadable(_request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)  # noqa: S101 - as above
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        return problem_response(
            Problem(
                title="The request is not of this protocol.",
                status=422,
                code="request.invalid",
                detail=f"{place}: {first['type']}",
            )
        )

    async def others(_request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)  # noqa: S101 - as above
        code = "request.no_such_address" if error.status_code == 404 else "request.invalid"  # noqa: PLR2004 - HTTP
        problem = Problem(title=str(error.detail), status=error.status_code, code=code)
        return problem_response(problem, error.headers)

    app.add_exception_handler(ApiError, ours)
    app.add_exception_handler(RequestValidationError, unreadable)
    app.add_exception_handler(HTTPException, others)
