# SPDX-License-Identifier: Apache-2.0
"""One request, one answer, and every way it can fail mapped to the port's errors.

This is the only seam where exceptions of requests and urllib3 are seen. An answer counts as the
platform's only when it carries the protocol header: hotel pages, proxies and web servers that answer
200 with something of their own are ``link.captive``, whatever they say.
"""

from __future__ import annotations

import errno
import json as json_module
import logging
import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any, Final, NoReturn, TypeVar

import requests
import urllib3.exceptions
from pydantic import BaseModel

from kiosk.platform_client.port import (
    AnswerInvalidError,
    BusyError,
    ConflictError,
    LinkError,
    PlatformError,
    RefusedError,
    UnauthorizedError,
)
from kiosk.protocol.messages import PROTOCOL_HEADER, PROTOCOL_VERSION
from kiosk.protocol.wire import Problem

TIMEOUTS_S: Final = (5.0, 20.0)
"""To connect, and between two pieces of an answer."""
ANSWER_DEADLINE_S: Final = 60.0
"""For a whole answer: somebody who dribbles a byte a second is a dead link too."""
LONGEST_RETRY_AFTER_S: Final = 86_400.0
"""Whoever asks for more, or for ever, is asked again after a day: nothing may wait without end."""
ANSWER_LIMIT_BYTES: Final = 32 * 1024 * 1024
_PIECE_BYTES: Final = 64 * 1024

# It warns with whole addresses, which may carry one-time secrets, and with tracebacks, of what is named here.
logging.getLogger("urllib3").setLevel(logging.ERROR)

Model = TypeVar("Model", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer that comes from the platform and is not an error."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)

    def parse(self, model: type[Model]) -> Model:
        """Return the body as ``model``; raise ``AnswerInvalidError`` (never quoting it) otherwise."""
        try:
            return model.model_validate_json(self.body)
        except ValueError:
            raise AnswerInvalidError("platform.answer_invalid", f"not a {model.__name__}") from None


def ask(
    session: requests.Session,
    method: str,
    url: str,
    *,
    json: object = None,
    data: bytes | Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
    timeout: tuple[float, float] = TIMEOUTS_S,
    clock: Callable[[], float] = time.monotonic,
) -> Answer:
    """Send one request; return the platform's answer (2xx or 304) or raise a ``PlatformError``.

    Redirects are never followed: the protocol has none, so they come from somebody else.
    """
    try:
        with session.request(
            method,
            url,
            json=json,
            data=data,
            headers=dict(headers or {}),
            timeout=timeout,
            allow_redirects=False,
            stream=True,
        ) as response:
            body = _read(response, clock() + ANSWER_DEADLINE_S, clock)
    except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
        raise link_error(error) from None  # the cause quotes addresses and may quote bodies
    answer = Answer(response.status_code, response.headers, body)
    _accept(answer)
    return answer


def link_error(error: BaseException) -> LinkError:
    """Name the step of the link that failed."""
    causes = _causes(error)
    if code := next(filter(None, map(_certificate_code, causes)), ""):
        return LinkError(code, "SSLCertVerificationError")
    for cause in causes:
        code = _code_of(cause)
        if code:
            return LinkError(code, type(cause).__name__)
    return LinkError("link.cut", type(error).__name__)


_CODES: Final[tuple[tuple[type[BaseException] | tuple[type[BaseException], ...], str], ...]] = (
    ((requests.exceptions.SSLError, urllib3.exceptions.SSLError, ssl.SSLError), "link.tls"),
    (urllib3.exceptions.NameResolutionError, "link.name"),
    ((requests.exceptions.InvalidURL, requests.exceptions.MissingSchema), "link.name"),
    ((requests.Timeout, urllib3.exceptions.TimeoutError, TimeoutError), "link.timeout"),
    (ConnectionRefusedError, "link.refused"),
    (ConnectionError, "link.cut"),  # reset, aborted, broken pipe
)
_NO_ROUTE: Final = {
    errno.ENETUNREACH,
    errno.EHOSTUNREACH,
    errno.ENETDOWN,
    errno.EHOSTDOWN,
    errno.EADDRNOTAVAIL,
}


_NOT_YET_VALID: Final = 9
_EXPIRED: Final = 10
"""X509_V_ERR_CERT_NOT_YET_VALID and X509_V_ERR_CERT_HAS_EXPIRED of OpenSSL."""


def _certificate_code(error: BaseException) -> str:
    """Name a certificate that is only out of its time: then it may be our clock that is wrong."""
    if not isinstance(error, ssl.SSLCertVerificationError):
        return ""
    return {_NOT_YET_VALID: "link.tls_early", _EXPIRED: "link.tls_late"}.get(error.verify_code, "")


def _code_of(error: BaseException) -> str:
    if isinstance(error, OSError) and error.errno in _NO_ROUTE:
        return "link.no_route"
    return next((code for kinds, code in _CODES if isinstance(error, kinds)), "")


def _causes(error: BaseException) -> list[BaseException]:
    """Return the error and everything it wraps, innermost first: there the system says what it was."""
    found: list[BaseException] = []
    waiting: list[object] = [error]
    while waiting:
        one = waiting.pop()
        if not isinstance(one, BaseException) or any(one is known for known in found):
            continue
        found.append(one)
        # urllib3 keeps the cause in ``reason`` or among the arguments; ssl has words in both.
        waiting += [one.__cause__, one.__context__, getattr(one, "reason", None), *one.args]
    return found[::-1]


def _read(response: requests.Response, until: float, clock: Callable[[], float]) -> bytes:
    body = bytearray()
    for piece in response.iter_content(_PIECE_BYTES):
        body += piece
        if len(body) > ANSWER_LIMIT_BYTES:
            raise AnswerInvalidError("platform.answer_invalid", "too long")
        if clock() > until:
            raise LinkError("link.timeout", "the answer never ends")
    return bytes(body)


def _accept(answer: Answer) -> None:
    status = answer.status
    if answer.headers.get(PROTOCOL_HEADER) != PROTOCOL_VERSION:
        if status in {HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE}:
            raise BusyError(_retry_after(answer))  # a proxy in front of a platform that is down
        if status in {HTTPStatus.BAD_GATEWAY, HTTPStatus.GATEWAY_TIMEOUT}:
            raise LinkError("link.refused", f"proxy says {status}")
        raise LinkError("link.captive", f"{status} without the protocol's header")
    if status < HTTPStatus.MULTIPLE_CHOICES or status == HTTPStatus.NOT_MODIFIED:
        return
    if status < HTTPStatus.BAD_REQUEST:
        raise LinkError("link.captive", "redirect")
    _refuse(answer)


def _refuse(answer: Answer) -> NoReturn:
    status = answer.status
    problem = problem_of(answer)
    code = problem.code if problem else f"platform.http_{status}"
    if status == HTTPStatus.UNAUTHORIZED:
        if code == "terminal.clock" and problem and problem.detail.isdecimal():
            raise OtherClockError(float(problem.detail))
        raise UnauthorizedError(code)
    if status in {HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE}:
        raise BusyError(_retry_after(answer), code if problem else "platform.busy")
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        raise BusyError(_retry_after(answer), "platform.error")
    if code == "submission.other_hash":
        raise ConflictError(code)
    if code == "file.checksum":
        raise LinkError("link.cut", "bytes were damaged on the way")
    if status == HTTPStatus.FAILED_DEPENDENCY and problem:
        raise PartsMissingError(problem.missing)
    if status == HTTPStatus.CONFLICT and code == "file.offset":
        raise OffsetError(code)
    raise RefusedError(code)


class OtherClockError(UnauthorizedError):
    """The platform knows us, but our clock is too far from its own; ``platform_now`` is seconds since the epoch."""

    def __init__(self, platform_now: float) -> None:
        self.platform_now = platform_now
        super().__init__("terminal.clock")


class PartsMissingError(PlatformError):
    """The manifest names parts that the platform does not have yet; seen inside ``deliver`` only."""

    def __init__(self, missing: tuple[str, ...]) -> None:
        self.missing = missing
        super().__init__("submission.parts_missing")


class OffsetError(PlatformError):
    """The platform is at another offset of the upload; seen inside ``deliver`` only."""


def problem_of(answer: Answer) -> Problem | None:
    """Return the problem document of an error answer, if it is one."""
    try:
        return Problem.model_validate(json_module.loads(answer.body))
    except (ValueError, RecursionError):
        return None


def _retry_after(answer: Answer) -> float | None:
    wish: Any = answer.headers.get("Retry-After", "")
    try:
        return _bounded(float(wish))
    except ValueError:
        pass
    try:
        when = parsedate_to_datetime(wish)
    except (ValueError, OverflowError):
        return None
    sent = answer.headers.get("Date", "")
    try:
        # Against the platform's own clock: ours may be years away.
        return _bounded((when - parsedate_to_datetime(sent)).total_seconds())
    except (ValueError, TypeError, OverflowError):
        return None


def _bounded(seconds: float) -> float:
    return min(max(0.0, seconds), LONGEST_RETRY_AFTER_S)
