# SPDX-License-Identifier: Apache-2.0
"""A department's system that speaks HTTP and JSON; ``sample_system`` is the other end, for tests and the demo.

===================================  ==============================================================
``PUT  {url}/materials/{sha256}``    the bytes of a paper; the hash is its name, so twice is no harm
``POST {url}/cases``                 a message, with ``Idempotency-Key``; 2xx and ``{"id": …}`` is a receipt
``GET  {url}/answers?after=PLACE``   ``{"answers": […], "next": PLACE}``
===================================  ==============================================================

A 2xx without the message's own id (a captive portal, a proxy's page) is no receipt. 408, 425, 429, 401, 403,
redirections and 5xx are "not now": a wrong password is no fault of the case. Every other 4xx is a refusal.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from typing import Any

import requests
from pydantic import ValidationError

from central_platform.departments.adapter import (
    AnswerPage,
    DepartmentAdapter,
    DepartmentMessage,
    OpenPaper,
)
from central_platform.departments.errors import DepartmentAwayError, DepartmentRefusedError

_MOST_BYTES = 4 * 1024 * 1024
_BLOCK = 64 * 1024
_NOT_NOW = frozenset({401, 403, 408, 425, 429})
_LONGEST_WAIT_S = 3600.0


class HttpDepartment(DepartmentAdapter):
    """A department at ``url``; ``token`` goes with every request as a bearer token."""

    def __init__(
        self,
        url: str,
        token: str = "",
        *,
        deadline_s: float = 20.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._url = url.rstrip("/")
        self._deadline_s = deadline_s
        self._clock = clock
        self._session = requests.Session()
        self._session.trust_env = False  # a proxy is named in the file or not at all
        if token:
            self._session.headers["Authorization"] = f"Bearer {token}"

    def deliver(self, message: DepartmentMessage, open_paper: OpenPaper) -> None:
        """Send papers first, then the message: what is named is there."""
        ends = self._clock() + self._deadline_s
        for paper in message.papers:
            self._ask(
                "PUT",
                f"/materials/{paper.sha256}",
                ends,
                body=open_paper(paper),
                headers={"Content-Type": paper.media_type or "application/octet-stream"},
            )
        told = self._ask(
            "POST",
            "/cases",
            ends,
            body=message.canonical(),
            headers={"Content-Type": "application/json", "Idempotency-Key": str(message.id)},
        )
        if told.get("id") != str(message.id):
            raise DepartmentAwayError("their answer is no receipt for this message")

    def answers(self, after: str) -> AnswerPage:
        """Ask for the next page of answers."""
        told = self._ask(
            "GET", "/answers", self._clock() + self._deadline_s, params={"after": after}
        )
        try:
            return AnswerPage.model_validate(told)
        except ValidationError:
            raise DepartmentAwayError("their answers cannot be understood") from None

    def close(self) -> None:
        """Close the connections."""
        self._session.close()

    def _ask(
        self,
        method: str,
        path: str,
        ends: float,
        *,
        body: bytes | None = None,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> dict[str, Any]:
        left = ends - self._clock()
        if left <= 0:
            raise DepartmentAwayError("no answer within the deadline")
        try:
            with self._session.request(
                method,
                self._url + path,
                data=body,
                params=params,
                headers=headers,
                timeout=left,
                allow_redirects=False,
                stream=True,
            ) as response:
                _check_status(response)
                return self._read(response, ends)
        except requests.RequestException as error:
            raise DepartmentAwayError(f"no answer ({type(error).__name__})") from None

    def _read(self, response: requests.Response, ends: float) -> dict[str, Any]:
        """Read a JSON object; the library's own limit is for one silence, ours is for the whole."""
        raw = bytearray()
        for block in response.iter_content(_BLOCK):
            raw += block
            if len(raw) > _MOST_BYTES:
                raise DepartmentAwayError("their answer is too long")
            if self._clock() > ends:
                raise DepartmentAwayError("no whole answer within the deadline")
        if not raw:
            return {}
        try:
            told = json.loads(raw)
        except ValueError:
            told = None
        if not isinstance(told, dict):
            raise DepartmentAwayError("their answer is no JSON object")
        return told


def _check_status(response: requests.Response) -> None:
    status = response.status_code
    if response.ok and not response.is_redirect:
        return
    if status in _NOT_NOW or not 400 <= status < 500:  # noqa: PLR2004 - the class of refusals
        raise DepartmentAwayError(f"HTTP {status}", _retry_after(response))
    raise DepartmentRefusedError(f"HTTP {status}")


def _retry_after(response: requests.Response) -> float | None:
    text = response.headers.get("Retry-After", "")
    # Only the form in seconds: their clock need not be ours.
    return min(float(text), _LONGEST_WAIT_S) if text.isascii() and text.isdecimal() else None
