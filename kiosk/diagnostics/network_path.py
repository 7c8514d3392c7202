# SPDX-License-Identifier: Apache-2.0
"""The way to the platform, step by step; the first step that fails names the part to look at.

``cable → name → route → port → certificate → answer → log_in → clock → speed``. What comes after a failed step
is skipped. Nothing is sent to anybody but the platform (or the proxy before it), and no submission is
touched. No step takes longer than the bound it is given.
"""

from __future__ import annotations

import errno
import ipaddress
import socket
import ssl
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Protocol
from urllib.parse import urlsplit

from drivers.core import Recovery
from kiosk.diagnostics.finding import NETWORK, Finding, failed, passed, skipped
from kiosk.platform_client.link_reason import SKEW_SHOWN_S
from kiosk.platform_client.port import PlatformError

STEPS: Final = (
    "cable",
    "name",
    "route",
    "port",
    "certificate",
    "answer",
    "log_in",
    "clock",
    "speed",
)
WAIT_S: Final = 5.0
"""For each step; a hall's network that takes longer is no use to a resident who waits."""
CERTIFICATE_WARNS_DAYS: Final = 14
LEAST_KBIT_S: Final = 256
"""A page that was scanned (200 kB) then takes six seconds; below that residents wait for the line."""
_ASKED: Final = {"http": 80, "https": 443}


class Platform(Protocol):
    """What is asked of the platform itself."""

    def refresh_keys(self) -> bool:
        """Fetch the platform's keys; needs no log-in."""

    def catalogue(self, etag: str | None) -> tuple[str, Signed, object] | None:
        """Fetch the catalogue; needs a log-in."""

    @property
    def heard_at(self) -> tuple[float, float] | None:
        """Return the platform's time and how far it is ahead of ours."""


class Signed(Protocol):
    """A document as it came."""

    def canonical(self) -> bytes:
        """Return its bytes."""


def addresses_of(host: str, port: int) -> list[str]:
    """Return a name's addresses as the system resolves it. Raises ``OSError``."""
    return [str(row[4][0]) for row in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


@dataclass(frozen=True, slots=True)
class Way:
    """Where the platform is and how it is reached. ``trust`` makes the certificate store."""

    url: str
    proxy: str = ""
    root: Path = Path("/")
    wait_s: float = WAIT_S
    trust: Callable[[], ssl.SSLContext] = ssl.create_default_context
    resolve: Callable[[str, int], list[str]] = addresses_of
    wall: Callable[[], float] = time.time
    clock: Callable[[], float] = time.monotonic


class _Stop(Exception):  # noqa: N818 - no error: the walk ends with this finding
    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.check)
        self.finding = finding


def network_path(way: Way, platform: Platform | None) -> Iterator[Finding]:
    """Yield a finding a step, in the order of :data:`STEPS`. Raises nothing.

    ``platform`` is ``None`` for a terminal that is not enrolled: nobody to log in as.
    """
    walk = _Walk(way, platform)
    stopped = False
    for step in STEPS:
        if stopped:
            yield skipped(NETWORK, step)
            continue
        started = way.clock()
        try:
            found = walk.go(step)
        except _Stop as stop:
            found, stopped = stop.finding, True
        yield replace(found, elapsed_ms=round((way.clock() - started) * 1000))


class _Walk:
    """What the steps know of those before them."""

    def __init__(self, way: Way, platform: Platform | None) -> None:
        self._way = way
        self._platform = platform
        asked = urlsplit(way.proxy or way.url)
        self._host = asked.hostname or ""
        self._port = asked.port or _ASKED.get(asked.scheme, 443)
        self._secure = asked.scheme == "https"
        self._addresses: list[str] = []
        self._fetched = (0, 0.0)

    def go(self, step: str) -> Finding:
        """Take one step. Raises :class:`_Stop` where none after it makes sense."""
        steps: dict[str, Callable[[], Finding]] = {
            "cable": self._cable,
            "name": self._name,
            "route": self._route,
            "port": self._open_port,
            "certificate": self._certificate,
            "answer": self._answer,
            "log_in": self._log_in,
            "clock": self._clock,
            "speed": self._speed,
        }
        return steps[step]()

    def _cable(self) -> Finding:
        if _is_here(self._host):
            return skipped(NETWORK, "cable", "link.same_machine")
        links = self._way.root / "sys/class/net"
        up = 0
        for link in links.glob("*"):
            if link.name != "lo" and _word(link / "operstate") in {"up", "unknown"}:
                up += 1
        if not up:
            raise _Stop(failed(NETWORK, "cable", "link.no_cable", Recovery.CLEAR))
        return passed(NETWORK, "cable", links_up=up)

    def _name(self) -> Finding:
        if _is_address(self._host):
            self._addresses = [self._host]
            return skipped(NETWORK, "name", "link.is_address")
        # A resolver cannot be told how long to try; its thread ends by itself later.
        asker = ThreadPoolExecutor(1, thread_name_prefix="resolver")
        asking = asker.submit(self._way.resolve, self._host, self._port)
        try:
            self._addresses = asking.result(self._way.wait_s)
        except TimeoutError:
            raise _Stop(failed(NETWORK, "name", "link.name_silent", Recovery.SERVICE)) from None
        except OSError:
            raise _Stop(failed(NETWORK, "name", "link.name", Recovery.SERVICE)) from None
        finally:
            asker.shutdown(wait=False)
        if not self._addresses:
            raise _Stop(failed(NETWORK, "name", "link.name", Recovery.SERVICE))
        return passed(NETWORK, "name", addresses=len(self._addresses))

    def _route(self) -> Finding:
        for address in self._addresses:
            family = socket.AF_INET6 if ":" in address else socket.AF_INET
            # Connecting a datagram socket sends nothing; it only asks the kernel for the way.
            with socket.socket(family, socket.SOCK_DGRAM) as probe:
                try:
                    probe.connect((address, self._port))
                except OSError as error:
                    if error.errno not in {errno.ENETUNREACH, errno.EHOSTUNREACH}:
                        break
                else:
                    return passed(NETWORK, "route")
        raise _Stop(failed(NETWORK, "route", "link.no_route", Recovery.SERVICE))

    def _open_port(self) -> Finding:
        try:
            self._connect().close()
        except TimeoutError:
            raise _Stop(failed(NETWORK, "port", "link.timeout", Recovery.SERVICE)) from None
        except OSError:
            raise _Stop(failed(NETWORK, "port", "link.refused", Recovery.WAIT)) from None
        return passed(NETWORK, "port")

    def _certificate(self) -> Finding:
        if not self._secure:
            return skipped(NETWORK, "certificate", "link.not_secured")
        try:
            with (
                self._connect() as plain,
                self._way.trust().wrap_socket(plain, server_hostname=self._host) as wire,
            ):
                shown = wire.getpeercert() or {}
        except ssl.SSLCertVerificationError as error:
            raise _Stop(
                failed(
                    NETWORK,
                    "certificate",
                    "link.tls",
                    Recovery.CONFIGURE,
                    verify_code=error.verify_code,
                )
            ) from None
        except OSError:
            raise _Stop(failed(NETWORK, "certificate", "link.cut", Recovery.SERVICE)) from None
        until = ssl.cert_time_to_seconds(str(shown["notAfter"]))
        days = (until - self._way.wall()) / 86_400
        if days < CERTIFICATE_WARNS_DAYS:
            return failed(
                NETWORK, "certificate", "link.tls_soon", Recovery.WAIT, days_left=round(days, 1)
            )
        return passed(NETWORK, "certificate", days_left=round(days))

    def _answer(self) -> Finding:
        if self._platform is None:
            raise _Stop(skipped(NETWORK, "answer", "enrolment.none"))
        try:
            self._platform.refresh_keys()
        except PlatformError as error:
            raise _Stop(failed(NETWORK, "answer", error.code, Recovery.SERVICE)) from None
        return passed(NETWORK, "answer")

    def _clock(self) -> Finding:
        heard = self._platform.heard_at if self._platform else None
        if heard is None:
            return skipped(NETWORK, "clock", "clock.not_told")
        skew = round(heard[1], 1)
        if abs(skew) > SKEW_SHOWN_S:
            return failed(NETWORK, "clock", "terminal.clock", Recovery.CONFIGURE, skew_s=skew)
        return passed(NETWORK, "clock", skew_s=skew)

    def _log_in(self) -> Finding:
        assert self._platform is not None  # noqa: S101 - `answer` stops without one
        started = self._way.clock()
        try:
            fetched = self._platform.catalogue(None)
        except PlatformError as error:
            raise _Stop(failed(NETWORK, "log_in", error.code, Recovery.SERVICE)) from None
        if fetched is None:
            raise _Stop(failed(NETWORK, "log_in", "platform.answer_invalid", Recovery.SERVICE))
        self._fetched = len(fetched[1].canonical()), self._way.clock() - started
        return passed(NETWORK, "log_in", catalogue_kb=round(self._fetched[0] / 1000))

    def _speed(self) -> Finding:
        size, seconds = self._fetched
        kbit_s = round(size * 8 / 1000 / max(seconds, 0.001))
        if kbit_s < LEAST_KBIT_S:
            return failed(NETWORK, "speed", "link.slow", Recovery.SERVICE, kbit_s=kbit_s)
        return passed(NETWORK, "speed", kbit_s=kbit_s)

    def _connect(self) -> socket.socket:
        error: OSError = OSError(errno.EHOSTUNREACH, "no address")
        for address in self._addresses:
            try:
                return socket.create_connection((address, self._port), self._way.wait_s)
            except OSError as failure:
                error = failure
        raise error


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _is_here(host: str) -> bool:
    return host == "localhost" or (_is_address(host) and ipaddress.ip_address(host).is_loopback)


def _word(path: Path) -> str:
    try:
        return path.read_text("ascii").strip()
    except (OSError, UnicodeDecodeError):
        return ""
