# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import json
import logging
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.core import ProtocolError
from kiosk.logbook import KEYS, LineFormatter, Logbook, describe

NAME = "王苗苗"
NUMBER = "36070219380312002X"

ours = logging.getLogger("hall24.test")
library = logging.getLogger("somelibrary")


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Callable[[], list[dict]]]:
    path = tmp_path / "log" / "terminal.log"
    with Logbook(path):
        yield lambda: [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def record(**attributes: object) -> logging.LogRecord:
    return logging.makeLogRecord({"name": "hall24.x", "levelname": "INFO"} | attributes)


def test_a_record_is_one_line_with_its_facts(log: Callable[[], list[dict]]) -> None:
    ours.info("device", extra={"slot": "reader", "code": "dev.not_present", "ms": 12})
    (line,) = log()
    assert line.pop("at").endswith("Z")
    assert line == {
        "level": "INFO",
        "log": "hall24.test",
        "message": "device",
        "slot": "reader",
        "code": "dev.not_present",
        "ms": 12,
    }


def test_keys_that_are_not_listed_are_dropped_by_name(log: Callable[[], list[dict]]) -> None:
    ours.info("read", extra={"holder": NAME, "slot": "reader"})
    (line,) = log()
    assert (line["dropped"], line["slot"]) == (["holder"], "reader")
    assert "holder" not in line


def test_a_person_in_any_place_is_withheld(
    log: Callable[[], list[dict]], tmp_path: Path, expected_logs: Callable[..., None]
) -> None:
    expected_logs("oh", "lib")
    ours.info("form %s", NAME, extra={"code": NUMBER, "where": [NAME], "what": {"n": NUMBER}})
    ours.info(f"typed {NUMBER}")
    library.warning("lib %s", NAME)
    try:
        secret = NAME  # noqa: F841 - a local variable that must not be told
        raise ValueError(f"bad number {NUMBER} of {NAME}")
    except ValueError:
        ours.exception("oh")
    told = (tmp_path / "log" / "terminal.log").read_text("utf-8")
    assert NAME not in told
    assert NUMBER not in told
    assert json.dumps(NAME)[1:-1] not in told
    assert len(log()) == 4


def test_of_libraries_only_the_template_is_written(
    log: Callable[[], list[dict]], expected_logs: Callable[..., None]
) -> None:
    expected_logs("Retrying")
    library.warning("Retrying %s after %r", "GET /cases?q=Wang+Miaomiao", "x")
    library.info("not heard at this level")
    (line,) = log()
    assert line["message"] == "Retrying %s after %r"


def test_an_exception_is_types_codes_and_places(
    log: Callable[[], list[dict]], expected_logs: Callable[..., None]
) -> None:
    expected_logs("driver failed")
    try:
        try:
            raise OSError(5, "Input/output error", "Wang Miaomiao.pdf")
        except OSError as error:
            raise ProtocolError("dev.protocol") from error
    except ProtocolError:
        ours.exception("driver failed")
    (line,) = log()
    outer, inner = line["exception"]
    assert (outer["type"], outer["code"]) == ("drivers.core.errors.ProtocolError", "dev.protocol")
    assert (inner["type"], inner["errno"]) == ("builtins.OSError", 5)
    assert "test_an_exception_is_types_codes_and_places" in outer["at"][0]
    assert "Wang" not in json.dumps(line)


def test_exceptions_in_a_ring_end() -> None:
    first, second = ValueError("a"), ValueError("b")
    first.__cause__, second.__cause__ = second, first
    assert len(describe(first)) == 2


class Rude:
    def __repr__(self) -> str:
        raise RuntimeError

    __str__ = __repr__


@given(
    st.one_of(st.text(), st.integers(), st.builds(Rude)),
    st.dictionaries(
        st.one_of(st.sampled_from(sorted(KEYS)), st.text(min_size=1)),
        st.one_of(st.text(), st.binary(), st.floats(), st.none(), st.builds(Rude)),
    ),
)
def test_any_record_becomes_one_line(message: object, extra: dict[str, object]) -> None:
    reserved = logging.makeLogRecord({}).__dict__.keys()
    made = record(msg=message, **{k: v for k, v in extra.items() if k not in reserved})
    line = LineFormatter().format(made)
    assert "\n" not in line
    assert isinstance(json.loads(line), dict)


def test_arguments_that_do_not_fit_are_told_not_raised() -> None:
    line = json.loads(LineFormatter().format(record(msg="%d of %d", args=("x",))))
    assert line["message"] == "%d of %d (arguments do not fit)"


def test_the_file_is_for_the_terminal_only(tmp_path: Path) -> None:
    with Logbook(tmp_path / "terminal.log"):
        assert (tmp_path / "terminal.log").stat().st_mode & 0o077 == 0


def test_old_lines_rotate_away(tmp_path: Path) -> None:
    path = tmp_path / "terminal.log"
    with Logbook(path):
        handler = logging.getLogger().handlers[-1]
        assert isinstance(handler, logging.handlers.RotatingFileHandler)
        handler.maxBytes = 500
        for _ in range(60):
            ours.info("device", extra={"slot": "reader"})
    found = sorted(one.name for one in tmp_path.iterdir())
    assert found == ["terminal.log", *(f"terminal.log.{n}" for n in range(1, 6))]
    assert all(one.stat().st_size <= 500 for one in tmp_path.iterdir())
    assert all(one.stat().st_mode & 0o077 == 0 for one in tmp_path.iterdir())


def test_a_full_disk_says_so_once_and_stops_nobody(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("no /dev/full here")
    monkeypatch.setattr(logging, "raiseExceptions", True)
    with Logbook(tmp_path / "terminal.log"):
        handler = logging.getLogger().handlers[-1]
        assert isinstance(handler, logging.handlers.RotatingFileHandler)
        handler.stream.close()
        handler.stream = open("/dev/full", "w", encoding="utf-8")  # noqa: SIM115, PTH123
        handler.shouldRollover = lambda _record: False  # type: ignore[method-assign]
        ours.info("one %s", NAME)
        ours.info("two %s", NAME)
        said = capsys.readouterr().err
        assert said == "hall24: the log cannot be written (OSError)\n"
        with suppress(OSError):
            handler.stream.close()
        handler.stream = open("/dev/null", "w", encoding="utf-8")  # noqa: SIM115, PTH123


def test_closing_gives_the_root_logger_back(tmp_path: Path) -> None:
    before = list(logging.getLogger().handlers), ours.getEffectiveLevel()
    Logbook(tmp_path / "terminal.log", also_stderr=True).close()
    assert (list(logging.getLogger().handlers), ours.getEffectiveLevel()) == before


def test_a_place_that_cannot_be_written_is_an_error_at_start(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError, match="file"):
        Logbook(tmp_path / "file" / "terminal.log")
    assert sys.stderr is not None
