# SPDX-License-Identifier: Apache-2.0
"""The platform as an ASGI application."""

from __future__ import annotations

from fastapi import FastAPI

from central_platform.api import (
    appointments,
    assistance,
    bundles,
    cases,
    catalogue,
    content,
    described,
    errors,
    files,
    fleet,
    health,
    identity,
    licences,
    operators,
    results,
    space,
    submissions,
    terminals,
    tickets,
)
from central_platform.api.frame import Frame
from central_platform.console.app import create_console
from central_platform.console.guard import PREFIX
from central_platform.context import PlatformContext
from kiosk.protocol.wire import API_PREFIX

_GROUPS = (
    terminals,
    fleet,
    catalogue,
    identity,
    licences,
    files,
    cases,
    submissions,
    results,
    space,
    appointments,
    assistance,
    content,
    bundles,
    operators,
    tickets,
    health,
)


def create_app(platform: PlatformContext) -> FastAPI:
    """Return the application that serves ``platform``; closing the platform is the caller's business."""
    app = FastAPI(
        title="Hall24 reference platform",
        version="1",
        summary="Protocol version 1. Synthetic residents only.",
        openapi_url=f"{API_PREFIX}/openapi.json",
        docs_url=None,  # those pages load scripts from elsewhere
        redoc_url=None,
    )
    app.state.platform = platform
    for group in _GROUPS:
        app.include_router(group.router, prefix=API_PREFIX)
    app.include_router(results.pages)
    errors.install(app)
    described.install(app, tuple(group.router for group in _GROUPS))
    app.state.console = create_console(platform)
    app.mount(PREFIX, app.state.console)
    app.add_middleware(Frame)
    return app
