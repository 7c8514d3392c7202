# SPDX-License-Identifier: Apache-2.0
"""What was found stays known: since when, how often, what was before."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.core import Recovery, Verdict
from kiosk.diagnostics import history as history_module
from kiosk.diagnostics.finding import Finding, failed, passed, skipped
from kiosk.diagnostics.history import FILE, History, HistoryError, Trend

GOOD = passed("id_card", "antenna")
BAD = failed("id_card", "antenna", "dev.mute", Recovery.RESET)


def keep(history: History, at: float, *findings: Finding) -> None:
    history.keep(findings, at=at, by="technician", software="0.1.0")


def test_findings_come_back_as_they_were_kept(tmp_path: Path) -> None:
    history = History(tmp_path)
    found = (passed("terminal", "memory", free_mb=812.0), BAD, skipped("queue", "oldest"))
    run = history.keep(found, at=12.5, by="technician", software="0.1.0")
    assert history.findings(run.number) == found
    assert history.runs() == (run,)


def test_a_trend_says_since_when_and_what_was_before(tmp_path: Path) -> None:
    history = History(tmp_path)
    for at, found in enumerate((GOOD, BAD, GOOD, BAD, skipped("id_card", "antenna"), BAD)):
        keep(history, float(at), found)
    assert history.trend("id_card", "antenna") == Trend(Verdict.FAIL, 3.0, 2, Verdict.PASS)
    assert history.trend("id_card", "port_opens") is None


@given(
    verdicts=st.lists(st.sampled_from([Verdict.PASS, Verdict.FAIL, Verdict.UNKNOWN]), min_size=1)
)
def test_a_trend_is_the_unbroken_row_at_the_end(verdicts: list[Verdict]) -> None:
    newest_first = [(verdict, float(at)) for at, verdict in enumerate(verdicts)][::-1]
    trend = history_module._trend(iter(newest_first))
    assert trend is not None
    row = verdicts[-trend.runs :]
    assert set(row) == {verdicts[-1]}
    assert trend.since == len(verdicts) - trend.runs
    assert trend.before == (verdicts[-trend.runs - 1] if trend.runs < len(verdicts) else None)
    assert trend.before is not verdicts[-1]


def test_only_the_newest_runs_stay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history_module, "MOST_RUNS", 3)
    history = History(tmp_path)
    for at in range(5):
        keep(history, float(at), GOOD)
    assert [run.at for run in history.runs()] == [4.0, 3.0, 2.0]
    assert history.findings(1) == ()


def test_a_file_that_is_no_history_is_one_clear_error(tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(b"not a database, and long enough to be looked at" * 50)
    with pytest.raises(HistoryError):
        keep(History(tmp_path), 1.0, GOOD)
    with pytest.raises(HistoryError):
        History(tmp_path / "nowhere").runs()
