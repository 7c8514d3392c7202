# SPDX-License-Identifier: Apache-2.0
"""The first step that fails on the way to the platform is named; none after it is guessed."""

from __future__ import annotations

import datetime as dt
import ipaddress
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from drivers.core import Verdict
from kiosk.diagnostics import Finding
from kiosk.diagnostics.network_path import STEPS, Way, network_path
from kiosk.platform_client.port import LinkError, PlatformError, RefusedError

NOW = dt.datetime.now(dt.UTC)


@dataclass
class Answering:
    """A platform's answers, one of which may be an error."""

    size: int = 40_000
    skew_s: float = 0.4
    keys_error: PlatformError | None = None
    catalogue_error: PlatformError | None = None
    heard: tuple[float, float] | None = field(default=None, init=False)

    def refresh_keys(self) -> bool:
        if self.keys_error:
            raise self.keys_error
        return False

    def catalogue(self, etag: str | None) -> tuple[str, Answering, object]:
        assert etag is None
        if self.catalogue_error:
            raise self.catalogue_error
        self.heard = (1_000.0, self.skew_s)
        return "etag", self, None

    def canonical(self) -> bytes:
        return b"x" * self.size

    @property
    def heard_at(self) -> tuple[float, float] | None:
        return self.heard


@contextmanager
def open_door(context: ssl.SSLContext | None = None) -> Iterator[int]:
    """Take connections at a port of this machine; with a context, show its certificate."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                line, _ = listener.accept()
            except OSError:
                return
            with closing(line), suppress(OSError):
                if context:
                    context.wrap_socket(line, server_side=True).close()

    server = threading.Thread(target=serve)
    server.start()
    try:
        yield int(listener.getsockname()[1])
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        server.join()


def closed_port() -> int:
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        return int(listener.getsockname()[1])


def certificate(
    folder: Path, *, days: float, name: str = "127.0.0.1"
) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """Return (server's context, context that trusts it)."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "platform")])
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW - dt.timedelta(days=2))
        .not_valid_after(NOW + dt.timedelta(days=days))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(name))]),
            critical=False,
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    shown = folder / "certificate.pem"
    shown.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    kept = folder / "key.pem"
    kept.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(shown, kept)
    return server, ssl.create_default_context(cafile=str(shown))


def steps(way: Way, platform: Answering | None = None) -> dict[str, Finding]:
    findings = list(network_path(way, platform or Answering()))
    assert tuple(found.check for found in findings) == STEPS
    return {found.check: found for found in findings}


def only_failure(found: dict[str, Finding]) -> tuple[str, str]:
    """Return the failed step and why; nothing after it was looked at."""
    failing = [check for check in STEPS if found[check].verdict is Verdict.FAIL]
    assert len(failing) == 1
    after = STEPS[STEPS.index(failing[0]) + 1 :]
    assert all(found[check].verdict is Verdict.SKIPPED for check in after)
    return failing[0], found[failing[0]].reason


def test_a_way_in_order_passes_with_figures() -> None:
    with open_door() as port:
        found = steps(Way(f"http://127.0.0.1:{port}"))
    for check in ("route", "port", "answer", "log_in", "clock", "speed"):
        assert found[check].verdict is Verdict.PASS, check
    assert found["certificate"].reason == "link.not_secured"
    assert found["speed"].figures["kbit_s"] > 0
    assert found["clock"].figures == {"skew_s": 0.4}


def test_no_cable_is_seen_before_anything_is_tried(tmp_path: Path) -> None:
    links = tmp_path / "sys/class/net"
    for name, state in (("lo", "unknown"), ("eth0", "down"), ("wlan0", "dormant")):
        (links / name).mkdir(parents=True)
        (links / name / "operstate").write_text(f"{state}\n")
    found = steps(Way("http://platform.example", root=tmp_path))
    assert only_failure(found) == ("cable", "link.no_cable")


def test_an_unknown_name_is_told_from_a_silent_name_server(tmp_path: Path) -> None:
    def unknown(_host: str, _port: int) -> list[str]:
        raise socket.gaierror(socket.EAI_NONAME, "unknown")

    (tmp_path / "sys/class/net/eth0").mkdir(parents=True)
    (tmp_path / "sys/class/net/eth0/operstate").write_text("up\n")
    way = Way("http://platform.example", root=tmp_path, resolve=unknown)
    assert only_failure(steps(way)) == ("name", "link.name")

    answered = threading.Event()

    def silent(_host: str, _port: int) -> list[str]:
        answered.wait(60)
        return []

    try:
        found = steps(Way("http://platform.example", root=tmp_path, resolve=silent, wait_s=0.05))
        assert only_failure(found) == ("name", "link.name_silent")
    finally:
        answered.set()


def test_nobody_at_the_port_is_named() -> None:
    found = steps(Way(f"http://127.0.0.1:{closed_port()}"))
    assert only_failure(found) == ("port", "link.refused")


def test_a_proxy_is_what_is_looked_for_where_there_is_one() -> None:
    way = Way("https://platform.example", proxy=f"http://127.0.0.1:{closed_port()}")
    assert only_failure(steps(way)) == ("port", "link.refused")


def test_a_certificate_nobody_vouches_for_ends_the_way(tmp_path: Path) -> None:
    server, _ = certificate(tmp_path, days=90)
    with open_door(server) as port:
        found = steps(Way(f"https://127.0.0.1:{port}"))
    assert only_failure(found) == ("certificate", "link.tls")


def test_a_certificate_for_somebody_else_ends_the_way(tmp_path: Path) -> None:
    server, trust = certificate(tmp_path, days=90, name="127.0.0.2")
    with open_door(server) as port:
        found = steps(Way(f"https://127.0.0.1:{port}", trust=lambda: trust))
    assert only_failure(found) == ("certificate", "link.tls")


@pytest.mark.parametrize(("days", "verdict"), [(90.0, Verdict.PASS), (5.0, Verdict.FAIL)])
def test_a_certificate_is_judged_by_the_days_it_has_left(
    tmp_path: Path, days: float, verdict: Verdict
) -> None:
    server, trust = certificate(tmp_path, days=days)
    with open_door(server) as port:
        found = steps(Way(f"https://127.0.0.1:{port}", trust=lambda: trust))
    assert found["certificate"].verdict is verdict
    assert abs(found["certificate"].figures["days_left"] - days) < 1
    assert found["speed"].verdict is Verdict.PASS  # it still works until then


def test_a_terminal_that_is_not_enrolled_stops_at_the_log_in() -> None:
    with open_door() as port:
        found = {
            finding.check: finding
            for finding in network_path(Way(f"http://127.0.0.1:{port}"), None)
        }
    assert found["port"].verdict is Verdict.PASS
    assert (found["answer"].verdict, found["answer"].reason) == (Verdict.SKIPPED, "enrolment.none")
    assert found["speed"].verdict is Verdict.SKIPPED


def test_somebody_elses_page_is_no_platform() -> None:
    with open_door() as port:
        found = steps(
            Way(f"http://127.0.0.1:{port}"), Answering(keys_error=LinkError("link.captive"))
        )
    assert only_failure(found) == ("answer", "link.captive")


def test_a_terminal_the_platform_does_not_want_is_told() -> None:
    with open_door() as port:
        found = steps(
            Way(f"http://127.0.0.1:{port}"),
            Answering(catalogue_error=RefusedError("platform.revoked")),
        )
    assert only_failure(found) == ("log_in", "platform.revoked")


def test_a_wrong_clock_is_a_finding_and_no_end() -> None:
    with open_door() as port:
        found = steps(Way(f"http://127.0.0.1:{port}"), Answering(skew_s=-86_400))
    assert (found["clock"].verdict, found["clock"].reason) == (Verdict.FAIL, "terminal.clock")
    assert found["speed"].verdict is Verdict.PASS


def test_a_slow_line_is_measured() -> None:
    ticks = iter(range(0, 1_000, 10))
    with open_door() as port:
        way = Way(f"http://127.0.0.1:{port}", clock=lambda: float(next(ticks)))
        found = steps(way, Answering(size=100_000))
    assert (found["speed"].verdict, found["speed"].reason) == (Verdict.FAIL, "link.slow")
    assert found["speed"].figures == {"kbit_s": 80}
