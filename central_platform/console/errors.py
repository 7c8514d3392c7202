# SPDX-License-Identifier: Apache-2.0
"""What the console refuses, as pages in plain words.

::

    ConsoleError            a page with a heading, what it means, what to do next
    └── LoginWantedError    nobody is logged in, or no longer: to the page of log-in
"""

from __future__ import annotations


class ConsoleError(Exception):
    """A refusal; ``code`` names its sentences in the console's words (``error.<code>``)."""

    def __init__(self, status: int, code: str) -> None:
        self.status = status
        self.code = code
        super().__init__(code)


class LoginWantedError(ConsoleError):
    """Nobody is logged in; ``ended``: somebody was, and the log-in is over."""

    def __init__(self, *, ended: bool) -> None:
        self.ended = ended
        super().__init__(401, "login")
