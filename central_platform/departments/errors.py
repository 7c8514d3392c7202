# SPDX-License-Identifier: Apache-2.0
"""What can go wrong with a department's system.

::

    DepartmentError
    ├── DepartmentAwayError      not now: no line, an error of theirs, an answer nobody understands; tried again
    ├── DepartmentRefusedError   never: they looked at it and will not take it; a person has to look
    └── DepartmentSetUpError     ``departments.toml`` cannot work; said before anything is served

Messages name codes and states, never what was sent: they end in the database and in logs.
"""

from __future__ import annotations


class DepartmentError(Exception):
    """One plain line without personal data."""


class DepartmentAwayError(DepartmentError):
    """The message may or may not have arrived; the same message later, under the same id, is no harm."""

    def __init__(self, reason: str, retry_after_s: float | None = None) -> None:
        self.retry_after_s = retry_after_s
        """What they asked us to wait, seconds; ``None`` when they did not."""
        super().__init__(reason)


class DepartmentRefusedError(DepartmentError):
    """The message will never be taken as it is."""


class DepartmentSetUpError(DepartmentError):
    """The file that names the departments' systems breaks its rules."""
