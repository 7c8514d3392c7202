# SPDX-License-Identifier: Apache-2.0
"""Answers that are data say that nobody keeps, guesses, frames or runs them; refusals too."""

from __future__ import annotations

import pytest
import requests

from tests.central_platform.conftest import Desk


@pytest.mark.parametrize(("path", "status"), [("/openapi.json", 200), ("/cases/none", 404)])
def test_data_is_not_kept_guessed_framed_or_run(desk: Desk, path: str, status: int) -> None:
    answer = requests.get(f"{desk.running.url}/v1{path}", timeout=20)
    assert answer.status_code == status
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert "Server" not in answer.headers
