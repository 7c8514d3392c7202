# SPDX-License-Identifier: Apache-2.0
"""A whole platform in this process, on a free port of loopback: for tests, here and in other projects.

It is the real server over real sockets and a real SQLite file; only the clock may be another.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from central_platform.api.terminals import new_enrolment_token
from central_platform.context import PlatformContext, open_platform
from central_platform.places import profile_of
from central_platform.policy import STRICT, PlatformPolicy
from central_platform.serving import PlatformServer
from kiosk.protocol.messages import PlaceProfile

_START_S = 20.0


@dataclass(frozen=True, slots=True)
class RunningPlatform:
    """A platform that answers at ``url``."""

    url: str
    context: PlatformContext

    def enrolment_token(self) -> str:
        """Return a fresh single-use token."""
        return new_enrolment_token(self.context, demonstration_profile())[0]


def demonstration_profile() -> PlaceProfile:
    """Return the place of the demonstration."""
    return profile_of(
        place="赣州市章贡区便民服务中心",
        place_en="Zhanggong District Convenience Service Centre",
        region="360702",
        host_type="hall",
        duty_phone="0797-12345",
    )


@contextmanager
def running_platform(
    data_dir: Path,
    *,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
    db_url: str | None = None,
    port: int = 0,
    policy: PlatformPolicy = STRICT,
) -> Iterator[RunningPlatform]:
    """Serve a platform in a thread until the block ends; the thread and the database are gone then."""
    context = open_platform(data_dir, db_url=db_url, now=now, policy=policy)
    try:
        server = PlatformServer(context, port=port)
        ready = threading.Event()
        thread = threading.Thread(target=server.run, args=(ready.set,), name="platform-under-test")
        thread.start()
        try:
            if not ready.wait(_START_S):
                raise TimeoutError("the platform did not start")
            yield RunningPlatform(server.url, context)
        finally:
            server.stop()
            thread.join()
    finally:
        context.close()
