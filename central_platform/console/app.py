# SPDX-License-Identifier: Apache-2.0
"""The console as an application of its own under ``/console``, with pages where the protocol has documents."""

from __future__ import annotations

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from central_platform.api.errors import ApiError
from central_platform.console import assets
from central_platform.console.errors import ConsoleError, LoginWantedError
from central_platform.console.guard import PREFIX, Guard, forget_session
from central_platform.console.pages import is_part, page
from central_platform.console.routes import acts, alerts, fleet, login, report, terminal, tickets
from central_platform.context import PlatformContext

_GROUPS = (login, fleet, terminal, alerts, tickets, report, acts, assets)


def create_console(platform: PlatformContext) -> FastAPI:
    """Return the console of ``platform``, to be mounted at :data:`PREFIX`."""
    app = FastAPI(
        title="Hall24 operations console", openapi_url=None, docs_url=None, redoc_url=None
    )
    app.state.platform = platform
    for group in _GROUPS:
        app.include_router(group.router)
    app.state.pages = tuple(route for group in _GROUPS for route in group.router.routes)
    app.add_middleware(Guard)
    app.add_exception_handler(ConsoleError, _refused)
    app.add_exception_handler(ApiError, _refused_by_the_platform)
    app.add_exception_handler(RequestValidationError, _unreadable)
    app.add_exception_handler(HTTPException, _no_such_page)
    app.add_exception_handler(Exception, _fault)
    return app


def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, ConsoleError)  # noqa: S101 - registered for this class only
    if isinstance(error, LoginWantedError):
        where = f"{PREFIX}/login?ended=1" if error.ended else f"{PREFIX}/login"
        if is_part(request):  # a page that refreshes itself: the whole page goes there
            answer = Response(status_code=200, headers={"HX-Redirect": where})
        else:
            answer = RedirectResponse(where, status_code=303)
        if error.ended:
            forget_session(request, answer)
        return answer
    return page(request, "error", status=error.status, code=error.code)


def _refused_by_the_platform(request: Request, error: Exception) -> Response:
    assert isinstance(error, ApiError)  # noqa: S101 - as above
    code = {404: "page", 409: "changed"}.get(error.problem.status, "request")
    return page(request, "error", status=error.problem.status, code=code)


def _unreadable(request: Request, error: Exception) -> Response:
    del error
    return page(request, "error", status=422, code="request")


def _no_such_page(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - as above
    code = "page" if error.status_code in {404, 405} else "request"
    return page(request, "error", status=error.status_code, code=code)


def _fault(request: Request, error: Exception) -> Response:
    busy = isinstance(error, OperationalError | PoolTimeoutError)
    return page(request, "error", status=503 if busy else 500, code="busy" if busy else "fault")
