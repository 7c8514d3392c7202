# SPDX-License-Identifier: Apache-2.0
"""Asking a platform under test: as a terminal, as a logged-in resident, as somebody of the government."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import requests

from central_platform.api.access import access_token
from central_platform.api.roles import Role, new_staff_token

Ask = Callable[..., requests.Response]


def staff(desk: Any, role: Role = "operator", *scope: str) -> Ask:
    """Return ``ask(method, path, **options)`` for a fresh token of that role."""
    token, _ = new_staff_token(desk.running.context, f"{role} of the tests", role, scope)
    return asking(desk.running.url, token)


def terminal(desk: Any) -> Ask:
    """Return ``ask(method, path, **options)`` for the desk's terminal."""
    return asking(desk.running.url, access_token(desk.running.context, desk.enrolled.terminal))


def resident(desk: Any, *who: str) -> Ask:
    """Return ``ask(path, **fields)``, a POST with a fresh log-in (name, number)."""
    ask = terminal(desk)
    grant = desk.log_in(*who)
    return lambda path, **fields: ask("POST", path, json={"grant": grant, **fields})


def asking(url: str, token: str) -> Ask:
    """Return ``ask(method, path, **options)`` with a bearer token."""

    def ask(method: str, path: str, **options: Any) -> requests.Response:
        headers = {"Authorization": f"Bearer {token}", **options.pop("headers", {})}
        return requests.request(method, f"{url}/v1{path}", headers=headers, timeout=20, **options)

    return ask
