# SPDX-License-Identifier: Apache-2.0
"""Every way a question can stay unanswered has its own name, and nobody else's answer counts."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any

import pytest
import requests

from kiosk.platform_client.enrolment import enrol, plain_session
from kiosk.platform_client.http_errors import Answer, ask, link_error
from kiosk.platform_client.port import (
    AnswerInvalidError,
    BusyError,
    LinkError,
    PlatformError,
    RefusedError,
    UnauthorizedError,
)
from kiosk.protocol.messages import Heartbeat, HeartbeatAnswer
from kiosk.protocol.wire import Problem

OURS = b"Hall24-Protocol: 1\r\n"


def http(status: bytes, *headers: bytes, body: bytes = b"") -> bytes:
    head = b"".join(headers)
    return (
        b"HTTP/1.1 " + status + b"\r\n" + head
        + b"Content-Length: " + str(len(body)).encode() + b"\r\nConnection: close\r\n\r\n" + body
    )  # fmt: skip


def problem(status: int, code: str) -> bytes:
    return Problem(title="t", status=status, code=code).model_dump_json().encode()


def asked(url: str, **options: Any) -> Answer:
    with plain_session() as session:
        return ask(session, "GET", f"{url}/v1/x", **options)


def error_of(url: str, **options: Any) -> PlatformError:
    with pytest.raises(PlatformError) as error:
        asked(url, **options)
    assert "127.0.0.1" not in str(error.value)
    return error.value


@pytest.mark.parametrize(
    "answer",
    [
        http(b"200 OK", b"Content-Type: text/html\r\n", body=b"<html>Welcome to the hotel</html>"),
        http(b"200 OK", b"Content-Type: application/json\r\n", body=b"{}"),
        http(b"204 No Content"),
        http(b"302 Found", b"Location: http://portal.example/\r\n"),
        http(b"302 Found", OURS, b"Location: http://other.example/\r\n"),
        http(b"404 Not Found", body=b"nginx"),
        http(b"511 Network Authentication Required"),
        http(b"200 OK", b"Hall24-Protocol: 2\r\n", body=b"{}"),
    ],
)
def test_whoever_is_not_the_platform_is_somebody_else(somebody: Any, answer: bytes) -> None:
    error = error_of(somebody(answer).url)
    assert isinstance(error, LinkError)
    assert error.code == "link.captive"


@pytest.mark.parametrize(
    ("answer", "kind", "code"),
    [
        (http(b"502 Bad Gateway", body=b"nginx"), LinkError, "link.refused"),
        (http(b"504 Gateway Timeout"), LinkError, "link.refused"),
        (http(b"503 Service Unavailable"), BusyError, "platform.busy"),
        (http(b"503 Service Unavailable", OURS, body=problem(503, "x.y")), BusyError, "x.y"),
        (http(b"500 Oops", OURS, body=b"?"), BusyError, "platform.error"),
        (http(b"401 No", OURS, body=problem(401, "a.b")), UnauthorizedError, "a.b"),
        (http(b"401 No", OURS), UnauthorizedError, "platform.http_401"),
        (http(b"404 No", OURS, body=problem(404, "a.b")), RefusedError, "a.b"),
        (http(b"418 Teapot", OURS, body=b"<html>"), RefusedError, "platform.http_418"),
        (b"not http at all\r\n\r\n", LinkError, "link.cut"),
        (b"", LinkError, "link.cut"),
        (b"HTTP/1.1 200 OK\r\n" + OURS + b"Content-Length: 99\r\n\r\nhalf", LinkError, "link.cut"),
    ],
)
def test_answers_are_classed(
    somebody: Any, answer: bytes, kind: type[PlatformError], code: str
) -> None:
    error = error_of(somebody(answer).url)
    assert (type(error), error.code) == (kind, code)


def test_retry_after_is_obeyed_in_seconds_and_as_a_date_of_the_platforms_clock(
    somebody: Any,
) -> None:
    for header, expected in (
        (b"Retry-After: 17\r\n", 17.0),
        (b"Retry-After: -5\r\n", 0.0),
        (
            (
                b"Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
                b"Retry-After: Sun, 06 Nov 1994 08:50:37 GMT\r\n"
            ),
            60.0,
        ),
        (b"Retry-After: Sun, 06 Nov 1994 08:50:37 GMT\r\n", None),
        (b"Retry-After: soon\r\n", None),
        (b"", None),
    ):
        error = error_of(somebody(http(b"429 Too Many", OURS, header)).url)
        assert isinstance(error, BusyError)
        assert error.retry_after_s == expected


def test_nobody_listening_is_refused_and_a_bad_name_is_a_name() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    assert error_of(f"http://127.0.0.1:{port}").code == "link.refused"
    assert error_of("http://no-such-host.invalid").code == "link.name"
    assert error_of("nonsense").code == "link.name"


def test_a_mute_server_is_a_timeout() -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        url = f"http://127.0.0.1:{mute.getsockname()[1]}"
        assert error_of(url, timeout=(0.2, 0.2)).code == "link.timeout"


def test_an_answer_that_never_ends_is_a_timeout(somebody: Any) -> None:
    times = iter([0.0, 1.0, 1e6])
    answer = http(b"200 OK", OURS, body=b"x" * 200_000)
    error = error_of(somebody(answer).url, clock=lambda: next(times))
    assert error.code == "link.timeout"


def test_an_answer_without_end_is_not_read_to_the_end(
    somebody: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kiosk.platform_client.http_errors.ANSWER_LIMIT_BYTES", 1000)
    error = error_of(somebody(http(b"200 OK", OURS, body=b"x" * 5000)).url)
    assert isinstance(error, AnswerInvalidError)


def test_tls_to_a_server_without_it_is_named(somebody: Any) -> None:
    url = somebody(b"plain words\r\n\r\n").url.replace("http://", "https://")
    assert error_of(url).code == "link.tls"


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (OSError(101, "Network is unreachable"), "link.no_route"),
        (OSError(113, "No route to host"), "link.no_route"),
        (ConnectionResetError(), "link.cut"),
        (BrokenPipeError(), "link.cut"),
        (requests.exceptions.ChunkedEncodingError(), "link.cut"),
        (requests.exceptions.ReadTimeout(), "link.timeout"),
        (RuntimeError("something new"), "link.cut"),
    ],
)
def test_errors_of_the_system_are_named(error: Exception, code: str) -> None:
    wrapped = requests.ConnectionError(error)
    assert link_error(wrapped).code == code
    assert link_error(error).code == code


def test_an_answer_that_is_not_of_the_protocol_is_not_quoted() -> None:
    answer = Answer(200, {}, '{"now": "王苗苗"}'.encode())
    with pytest.raises(AnswerInvalidError) as error:
        answer.parse(HeartbeatAnswer)
    assert "王苗苗" not in str(error.value)
    assert error.value.__cause__ is None


def test_enrolling_at_somebody_else_is_refused_and_leaves_no_enrolment(
    somebody: Any, tmp_path: Path
) -> None:
    portal = somebody(http(b"200 OK", b"Content-Type: text/html\r\n", body=b"<html>"))
    with pytest.raises(LinkError):
        enrol(portal.url, "token", tmp_path / "t")
    assert [path.name for path in (tmp_path / "t").iterdir()] == ["enrolment.pending"]


def test_a_heartbeat_goes_through(client: Any) -> None:
    assert client.heartbeat(Heartbeat(software="0.1", queued=3)).now.tzinfo is not None
