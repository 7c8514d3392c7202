# SPDX-License-Identifier: Apache-2.0
"""What the console's pages say and do: commands, alerts, tickets, items, the report, words, the record."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
from sqlalchemy import select
from typer.testing import CliRunner

from central_platform import cli_staff
from central_platform.api.roles import new_staff_token
from central_platform.console.supplies_view import supply_levels
from central_platform.console.words import UnknownWordsError, Words, all_words
from central_platform.operations.monthly_report import Month, NoSuchMonthError, monthly_report
from central_platform.operations.supplies import slot_reports
from central_platform.storage.console import Alert
from central_platform.storage.fleet import TerminalCommand
from central_platform.storage.models import Submission, Terminal
from central_platform.testing import RunningPlatform
from tests.support.console_asking import Visit
from tests.support.console_fleet import FLEET, OF_THE_HOST, SECRET_WORDS
from tests.support.platform_asking import asking

TEMPLATES = Path(__file__).parents[2] / "central_platform/console/templates"


@pytest.fixture
def visit(console: RunningPlatform) -> Iterator[Visit]:
    with Visit(console.url) as browser:
        yield browser


def alert(console: RunningPlatform, kind: str) -> Alert:
    with console.context.database.read() as session:
        return session.scalars(select(Alert).where(Alert.kind == kind)).first() or Alert()


# --- words --------------------------------------------------------------------------------------


def test_every_sentence_is_there_in_both_languages_with_the_same_parameters() -> None:
    for key, sentence in all_words().items():
        assert set(sentence) == {"zh", "en"}, key
        asked = [set(re.findall(r"{(\w+)}", sentence[language])) for language in ("zh", "en")]
        assert asked[0] == asked[1], key


def test_every_sentence_that_a_page_names_is_known() -> None:
    named = {
        key
        for template in TEMPLATES.glob("*.html")
        for key in re.findall(r'\bw\("([a-z_.]+)"[,)]', template.read_text("utf-8"))
    }
    assert len(named) > 100
    assert named <= all_words().keys()


def test_a_code_is_said_by_the_longest_beginning_that_is_known() -> None:
    words = Words("en", datetime(2026, 11, 24, 1, 30, tzinfo=UTC))
    assert words.nearest("code", "media.out", device="X") == "X: out of paper"
    assert words.nearest("code", "media.strange.thing", device="X") == "X: trouble with paper"
    assert words.nearest("code", "never.heard", device="X") == "X: not usable"
    with pytest.raises(UnknownWordsError):
        words("no.such.words")


def test_times_are_said_as_people_say_them() -> None:
    now = datetime(2026, 11, 24, 1, 30, tzinfo=UTC)
    zh, en = Words("zh", now), Words("en", now)
    assert (zh.time(now), en.time(now)) == ("09:30", "09:30")  # the hall's time
    assert zh.time(now - timedelta(days=1)) == "11月23日 09:30"
    assert en.day(date(2025, 12, 4)) == "4 Dec 2025"
    assert (zh.since(now - timedelta(minutes=90)), en.since(now)) == ("1小时", "under a minute")


# --- the fleet and one terminal -----------------------------------------------------------------


def test_the_fleet_says_what_is_wrong_why_and_what_still_works(visit: Visit) -> None:
    visit.log_in()
    page = visit.get("/?text=文清").text
    for words in ("部分可用", "证明打印机缺纸", "2小时", "全部45件事项", "最早的等了40分钟"):
        assert words in page, words
    shown = re.findall(r'id="t-(T[\d-]+)"', visit.get("/").text)
    assert shown[:4] == [FLEET[number - 1].id for number in (4, 3, 8, 5)]  # the worst first
    assert len(shown) == len(FLEET)
    only = re.findall(r'id="t-(T[\d-]+)"', visit.get("/?health=trouble&region=360702").text)
    assert sorted(only) == [FLEET[number - 1].id for number in (2, 3, 5)]


@pytest.mark.parametrize("text", ["<script>alert(1)</script>", '"><img src=x>', "%00", "\x00"])
def test_what_a_visitor_types_is_shown_as_text(visit: Visit, text: str) -> None:
    visit.log_in()
    answer = visit.get("/", params={"text": text})
    assert answer.status_code == 200
    assert "<script>alert" not in answer.text
    assert "<img src=x>" not in answer.text


def test_a_command_is_ordered_for_a_device_that_is_there_and_written_down(
    console: RunningPlatform, visit: Visit
) -> None:
    visit.log_in()
    place = f"/terminals/{OF_THE_HOST}/command"
    seen_at = f"{place}?kind=self_test&slot=camera"
    answer = visit.post(place, seen_at=seen_at, kind="self_test", slot="camera")
    assert answer.status_code == 303
    for kind, slot in (
        ("self_test", "nowhere"),
        ("format_disk", "camera"),
        ("in_service", "camera"),
    ):
        assert visit.post(place, seen_at=seen_at, kind=kind, slot=slot).status_code == 422
    with console.context.database.read() as session:
        rows = session.scalars(
            select(TerminalCommand).where(TerminalCommand.slot == "camera")
        ).all()
    assert [(row.kind, row.ordered_by, row.delivered_at) for row in rows] == [
        ("self_test", "zhang", None)
    ]
    assert "self_test camera" in visit.get("/acts").text


def test_a_terminal_that_was_kept_out_is_let_in_again(
    console: RunningPlatform, visit: Visit
) -> None:
    visit.log_in()
    kept_out = FLEET[7].id
    assert "已停用待查" in visit.get(f"/terminals/{kept_out}").text
    visit.post(f"/terminals/{kept_out}/resume", seen_at=f"/terminals/{kept_out}")
    with console.context.database.read() as session:
        assert session.get_one(Terminal, kept_out).suspended_at is None


def test_supplies_that_end_first_stand_first_and_other_versions_are_no_harm() -> None:
    told = [
        {
            "slot": "page_printer",
            "levels": [
                {"kind": "toner", "unit": "percent", "left": 5},
                {"kind": "sheets", "unit": "sheets", "left": 20, "capacity": 80, "days_left": 9},
            ],
        },
        {"slot": "receipt_printer", "levels": [{"kind": "roll", "unit": "mm", "days_left": 2}]},
    ]
    levels = supply_levels(slot_reports({"supplies": told}))
    shown = [(each.told.kind, each.share, each.told.days_left) for each in levels]
    assert shown == [("roll", None, 2), ("sheets", 25, 9), ("toner", 5, None)]
    assert slot_reports({}) == slot_reports({"supplies": "x"}) == slot_reports({"supplies": [7]})


def test_one_terminal_shows_what_is_left_and_what_was_done(visit: Visit) -> None:
    visit.log_in("host")
    page = visit.get(f"/terminals/{OF_THE_HOST}").text
    for words in ("用完了", "约31天", "约1天", "42%", "11%", "打出的小票", "5,120", "慢42秒"):
        assert words in page, words
    assert "没有报耗材" not in page


def test_what_is_done_by_a_token_stands_in_the_record_too(
    console: RunningPlatform, visit: Visit
) -> None:
    token, _ = new_staff_token(console.context, "the night shift", "operator")
    ask = asking(console.url, token)
    place = f"/operations/terminals/{FLEET[9].id}"
    assert ask("PUT", f"{place}/configuration", json={"heartbeat_s": 60}).status_code == 200
    order = {"kind": "self_test", "slot": "camera"}
    assert ask("POST", f"{place}/commands", json=order).status_code == 201
    assert ask("GET", "/operations/tickets/GD000004").status_code == 200
    assert ask("POST", f"{place}/revoke").status_code == 204
    visit.log_in("auditor")
    page = visit.get("/acts?by=the night shift").text
    for words in ("改终端设置", "远程操作", "查看居民写的内容", "终止终端接入"):
        assert words in page.partition("<tbody>")[2], words


# --- alerts -------------------------------------------------------------------------------------


def test_a_host_deals_with_its_own_alerts_and_an_auditor_with_none(
    console: RunningPlatform, visit: Visit
) -> None:
    mine, other = alert(console, "paper"), alert(console, "down")
    assert mine.terminal == OF_THE_HOST
    visit.log_in("host")
    page = visit.get("/alerts").text
    assert f'id="alert-{mine.key}"' in page
    assert f'id="alert-{other.key}"' not in page
    assert visit.post(f"/alerts/{other.key}/seen", seen_at="/alerts").status_code == 404
    assert visit.post(f"/alerts/{mine.key}/seen", seen_at="/alerts").status_code == 303
    with Visit(console.url) as operator:
        operator.log_in()
        operator.post(
            f"/alerts/{mine.key}/seen", seen_at="/alerts"
        )  # too late: it stays the host's
        for key in ("0", "-1", "x", "99999999999"):
            assert operator.post(f"/alerts/{key}/seen", seen_at="/alerts").status_code == 404
    assert alert(console, "paper").acknowledged_by == "liu"
    with Visit(console.url) as auditor:
        auditor.log_in("auditor")
        assert auditor.post(f"/alerts/{mine.key}/resolved", seen_at="/alerts").status_code == 403
        assert '<button class="small' not in auditor.get("/alerts").text
    assert alert(console, "paper").resolved_at is None


# --- tickets: the words of residents -------------------------------------------------------------


def test_a_residents_words_are_on_no_page_until_an_operator_asks(
    console: RunningPlatform, visit: Visit
) -> None:
    visit.log_in()
    pages = ["/", f"/terminals/{FLEET[2].id}", "/alerts", "/tickets?show=all", "/items", "/acts"]
    pages += ["/report?month=2026-11", "/report.csv?month=2026-11", "/tickets/GD000002"]
    for path in pages:
        assert SECRET_WORDS not in visit.get(path).content.decode("utf-8"), path
    shown = visit.post("/tickets/GD000002/words", seen_at="/tickets/GD000002")
    assert SECRET_WORDS in shown.text
    acts = visit.get("/acts").text
    assert "查看居民写的内容" in acts
    assert SECRET_WORDS not in acts
    with Visit(console.url) as auditor:
        auditor.log_in("auditor")
        assert auditor.get("/tickets/GD000002").status_code == 200
        refused = auditor.post("/tickets/GD000002/words", seen_at="/tickets/GD000002")
        assert (refused.status_code, SECRET_WORDS in refused.text) == (403, False)
    with Visit(console.url) as host:
        host.log_in("host")
        assert host.get("/tickets").status_code == 403


def test_tickets_are_shown_the_first_due_first_and_worked_on(visit: Visit) -> None:
    visit.log_in()
    numbers = re.findall(r">(GD\d+)</a>", visit.get("/tickets").text)
    assert numbers == ["GD000001", "GD000002", "GD000003", "GD000004"]
    assert "已过期3天" in visit.get("/tickets").text
    place = "/tickets/GD000003"
    for fields in (
        {"step": "fly", "words": "x"},
        {"step": "close", "words": " "},
        {"step": "answer", "words": "x" * 501},
    ):
        assert visit.post(f"{place}/work", seen_at=place, **fields).status_code == 422
    assert visit.post(f"{place}/work", seen_at=place, step="take", words="").status_code == 303
    assert visit.post(f"{place}/work", seen_at=place, step="close", words="办好").status_code == 303
    token = place.replace("GD000003", "GD000004")
    again = visit.post(f"{place}/work", seen_at=token, step="take", words="")
    assert again.status_code == 409
    assert all_words()["error.changed.title"]["zh"] in again.text
    assert re.findall(r">(GD\d+)</a>", visit.get("/tickets?show=closed").text) == [
        "GD000005",
        "GD000003",
    ]


# --- items and the report -----------------------------------------------------------------------


def test_items_that_fail_and_items_that_nobody_uses_are_named(visit: Visit) -> None:
    visit.log_in()
    page = visit.get("/items?days=30").text
    failing = page.partition('id="used-title"')[0]
    assert "高龄津贴申领" in failing
    assert "办社保参保证明" not in failing
    unused = page.partition('id="unused-title"')[2]
    assert "生育登记" in unused
    assert "公积金查询" not in unused
    assert visit.get("/items?days=31").status_code == 422


def test_the_reports_figures_are_those_of_the_records(
    console: RunningPlatform, visit: Visit
) -> None:
    month = Month(date(2026, 11, 1))
    with console.context.database.read() as session:
        received = [
            row
            for row in session.scalars(select(Submission))
            if row.kind == "application" and month.begin <= row.received_at < month.end
        ]
        report = monthly_report(session, console.context, month)
    assert report.whole.applications == len(received) > 50
    for rows in (report.terminals, report.hosts, report.items):
        assert sum(row.figures.applications for row in rows) == len(received)
        assert sum(row.figures.tickets for row in rows) == report.whole.tickets
    silent = next(row for row in report.terminals if row.code == FLEET[3].id)
    assert silent.down == timedelta(days=3)
    visit.log_in()
    table = list(
        csv.DictReader(
            io.StringIO(visit.get("/report.csv?month=2026-11").content.decode("utf-8-sig"))
        )
    )
    total = next(row for row in table if row["类别"] == "合计")
    assert int(total["申请"]) == len(received)
    by_terminal = [row for row in table if row["类别"] == "终端"]
    assert sum(int(row["申请"]) for row in by_terminal) == len(received)
    assert {row["编号"] for row in by_terminal} == {made.id for made in FLEET}


def test_the_report_is_a_pdf_that_people_can_read_too(visit: Visit) -> None:
    visit.log_in()
    answer = visit.get("/report.pdf?month=2026-11")
    assert answer.headers["Content-Type"] == "application/pdf"
    assert 'filename="hall24-2026-11.pdf"' in answer.headers["Content-Disposition"]
    document = pypdfium2.PdfDocument(answer.content)
    try:
        text = "".join(page.get_textpage().get_text_range() for page in document)
    finally:
        document.close()
    assert "月报 2026-11" in text
    assert "演示银行文清支行" in text


def test_a_host_gets_the_report_of_its_own_terminals(visit: Visit) -> None:
    visit.log_in("host")
    text = visit.get("/report.csv?month=2026-11").content.decode("utf-8")
    assert set(re.findall(r"T\d{6}-\d{6}", text)) == {OF_THE_HOST}


def test_only_months_of_the_calendar_that_have_begun_have_a_report(visit: Visit) -> None:
    assert Month.of("", date(2026, 1, 15)).text == "2025-12"
    assert Month.of("2024-02", date(2026, 1, 15)).end.day == 1
    for text in ("2026-13", "2026-1", "2027-01", "x", "2026-12"):
        with pytest.raises(NoSuchMonthError):
            Month.of(text, date(2026, 11, 24))
    visit.log_in()
    assert visit.get("/report?month=2099-01").status_code == 422


def test_a_name_that_looks_like_a_formula_is_none_in_the_file(
    console: RunningPlatform, visit: Visit
) -> None:
    with console.context.database.write() as session:
        row = session.get_one(Terminal, FLEET[11].id)
        row.profile = {**row.profile, "place": {"zh": "=1+1", "en": "@SUM(1)"}}
    visit.log_in()
    text = visit.get("/report.csv?month=2026-11").content.decode("utf-8")
    assert ",'=1+1," in text


# --- the command line ---------------------------------------------------------------------------


def test_accounts_are_made_changed_and_ended_at_the_command_line(
    tmp_path: Path, fresh_platform: Path
) -> None:
    def staff(*words: str, typed: str = "") -> Any:
        command = [*words, "--data-dir", str(folder)]
        return CliRunner().invoke(cli_staff.app, command, input=typed)

    folder = tmp_path / "platform"
    shutil.copytree(fresh_platform, folder)
    done = staff("add", "zhang", "--role", "operator", typed="calm hills at noon\n")
    assert (done.exit_code, done.stdout) == (0, "zhang  operator\n")
    assert staff("add", "li", "--role", "host", typed="calm hills at noon").exit_code == 2
    short = staff("add", "li", "--role", "auditor", typed="short")
    assert (short.exit_code, short.stderr.count("\n")) == (2, 1)
    demo = staff("add", "demo", "--role", "operator", "--made-up-password", "--json")
    assert len(json.loads(demo.stdout)["password"]) >= 12
    assert staff("password", "zhang", typed="quiet rain at dusk").exit_code == 0
    assert staff("password", "nobody", typed="quiet rain at dusk").exit_code == 1
    assert staff("end", "demo").exit_code == 0
    assert staff("end", "nobody").exit_code == 1
    listed = json.loads(staff("list", "--json").stdout)
    assert [(each["login"], each["ended_at"] is None) for each in listed] == [
        ("demo", False),
        ("zhang", True),
    ]
