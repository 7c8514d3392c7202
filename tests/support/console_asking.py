# SPDX-License-Identifier: Apache-2.0
"""Asking the console as a browser would: cookies kept, forms sent with what the page put into them."""

from __future__ import annotations

import re
from typing import Any, Self

import requests

from central_platform.console.accounts import CONSOLE_ROLES, ConsoleRole, NewAccount, add_account
from central_platform.context import PlatformContext
from tests.support.console_fleet import PASSWORD

NAMES = {"host": "liu", "operator": "zhang", "auditor": "chen"}
DISPLAY = {"host": "刘芳", "operator": "张敏", "auditor": "陈静"}


def put_staff(platform: PlatformContext, *of_the_host: str) -> None:
    """Make an account of each role; the host's terminals are ``of_the_host``."""
    for role in CONSOLE_ROLES:
        scope = of_the_host if role == "host" else ()
        account = NewAccount(NAMES[role], DISPLAY[role], role, scope)
        add_account(platform, account, PASSWORD, by="tests")


class Visit:
    """One browser without scripts."""

    def __init__(self, url: str, **headers: str) -> None:
        self.url = f"{url}/console"
        self.session = requests.Session()
        self.session.headers.update(headers)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.session.close()

    def get(self, path: str, **options: Any) -> requests.Response:
        return self.session.get(self.url + path, timeout=30, allow_redirects=False, **options)

    def post(self, path: str, *, seen_at: str = "", **fields: str) -> requests.Response:
        """Send a form with the token that the page ``seen_at`` carries."""
        shown = self.get(seen_at or path).text
        found = re.search(r'name="csrf" value="([0-9a-f]{64})"', shown)
        token = found[1] if found else ""
        return self.bare_post(path, csrf=token, **fields)

    def bare_post(self, path: str, **fields: str) -> requests.Response:
        return self.session.post(self.url + path, data=fields, timeout=30, allow_redirects=False)

    def log_in(self, role: ConsoleRole = "operator", password: str = PASSWORD) -> requests.Response:
        return self.post("/login", login=NAMES[role], password=password)
