# SPDX-License-Identifier: Apache-2.0
"""``kiosk items``: what an official is told about a file that is not right yet."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from central_platform.items import licence_names, shipped_items
from central_platform.life_events import shipped_life_events
from central_platform.residents import synthetic_data
from kiosk.cli import main
from kiosk.cli.item_checks import checked
from kiosk.cli.item_content import texts_of
from kiosk.words import all_words

ITEMS = Path(__file__).parents[2] / "central_platform" / "catalogue" / "items"
ALLOWANCE = ITEMS / "old-age-allowance.yaml"
QUERY = ITEMS / "income-tax-query.yaml"


def status_of(*arguments: object) -> int:
    try:
        main(["items", *map(str, arguments)])
    except SystemExit as ending:
        return int(ending.code or 0)
    return 0


def found(file: Path) -> list[str]:
    return [problem.kind for problem in checked(file)[1]]


@pytest.fixture
def changed(tmp_path: Path) -> Callable[..., Path]:
    def make(change: Callable[[Any], object], source: Path = ALLOWANCE) -> Path:
        told = yaml.safe_load(source.read_text("utf-8"))
        change(told)
        file = tmp_path / source.name
        file.write_text(yaml.safe_dump(told, allow_unicode=True, sort_keys=False), "utf-8")
        return file

    return make


def put(*way: Any) -> Callable[[Any], None]:
    *place, key, value = way

    def change(told: Any) -> None:
        for part in place:
            told = told[part]
        told[key] = value

    return change


def without(*way: Any) -> Callable[[Any], None]:
    *place, key = way

    def change(told: Any) -> None:
        for part in place:
            told = told[part]
        del told[key]

    return change


PHONE = ("form", "groups", 1, "fields", 0)
LATER = {"properties": {"facts": {"properties": {"registers": {"properties": {"ships": {}}}}}}}


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        (put("code", "another-code"), "file_name"),
        (put("situation", "nowhere"), "one_of"),
        (put("colour", "red"), "unknown_key"),
        (without("guide", "cost"), "missing"),
        (without("name", "en"), "missing"),
        (put("code", "Ü"), "pattern"),
        (put("promised_days", 30), "days"),
        (put("promised_days", 0), "no_days"),
        (put("promised_days", "soon"), "other"),
        (put("kind", "immediate"), "immediate_days"),
        (put("keywords", ["津贴", "津贴", "老人"]), "keywords"),
        (put("icon", "unicorn"), "icon"),
        (put("guide", "steps", [{"zh": "办", "en": "Do"}]), "steps"),
        (put("name", "zh", "一" * 17), "long_zh"),
        (put("guide", "bring", "en", "a" * 91), "long_en"),
        (put("name", "en", "津贴"), "en_chinese"),
        (put("summary", "en", " "), "no_en"),
        (put("summary", "zh", ""), "no_zh"),
        (put("requires", "devices", ["toaster"]), "device"),
        (put("materials", 0, "licence", "fishing-licence"), "licence"),
        (put("materials", 0, "due_working_days", 0), "due"),
        (
            put("materials", [{"code": "a", "name": {"zh": "甲", "en": "A"}, "scan": False}]),
            "no_way",
        ),
        (
            lambda item: item["materials"][0].update(scan=False, layout="card_both_sides"),
            "layout",
        ),
        (put(*PHONE, "example", "123"), "example"),
        (without(*PHONE, "example"), "no_example"),
        (without(*PHONE, "error"), "no_error"),
        (put(*PHONE, "prefill", "platform.shoe_size"), "prefill"),
        (put(*PHONE, "key", "name"), "form_keys"),
        (put(*PHONE, "widget", "choice"), "no_choices"),
        (without("form", "groups", 1), "not_asked"),
        (put("rules", [{"use": "by-hope"}]), "shared"),
        (put("rules", 1, "when", {"type": 5}), "schema"),
        (put("rules", 1, "when", LATER), "register"),
        (put("depth", "query"), "answer"),
        (put("depth", "print"), "results"),
        (put("consents", 1, "code", "allowance-prefill"), "consent"),
    ],
)
def test_each_mistake_is_named(change: Any, kind: str, changed: Callable[..., Path]) -> None:
    assert kind in found(changed(change))


@pytest.mark.parametrize(
    ("change", "kind", "source"),
    [
        (put("requires", "platform", "queue"), "online", QUERY),
        (put("answer", 0, "value", "tax.colour"), "register_field", QUERY),
        (put("answer", 0, "value", "ships.length"), "register", QUERY),
        (put("requires", "delivery", []), "delivery", ITEMS / "property-proof.yaml"),
        (put("results", 0, "statement", "{phone}"), "statement", ITEMS / "property-proof.yaml"),
        (put("results", 0, "statement", "{"), "statement", ITEMS / "property-proof.yaml"),
        (
            put("form", "groups", 0, "fields", 0, "choices", 0, "value", "own"),
            "choices",
            ITEMS / "property-proof.yaml",
        ),
    ],
)
def test_what_is_found_must_come_from_somewhere(
    change: Any, kind: str, source: Path, changed: Callable[..., Path]
) -> None:
    assert kind in found(changed(change, source))


@pytest.mark.parametrize(
    ("text", "kind"),
    [("code: [", "yaml"), ("code: a\ncode: b\n", "key_twice"), ("code: 2026-99-99", "unreadable")],
)
def test_a_file_that_is_no_item_at_all(text: str, kind: str, tmp_path: Path) -> None:
    file = tmp_path / "a.yaml"
    file.write_text(text, "utf-8")
    assert kind in found(file)


def test_the_line_is_that_of_the_mistake_even_behind_shared_rules(tmp_path: Path) -> None:
    text = QUERY.read_text("utf-8").replace("icon: ", "icon: un", 1)
    extra = "  - {when: {}, decision: officer, reason: {zh: 请等, en: 请等}}\n"
    head, rule, tail = text.partition("  - {use: on-register, register: tax}\n")
    file = tmp_path / QUERY.name
    file.write_text(head + rule + extra + tail, "utf-8")
    lines = file.read_text("utf-8").splitlines()
    _, (icon, reason) = checked(file)
    assert lines[icon.line - 1].startswith("icon:")
    assert reason.kind == "en_chinese"
    assert lines[reason.line - 1] + "\n" == extra


def test_the_official_reads_place_and_what_to_write_chinese_first(
    changed: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    file = changed(put("promised_days", 30))
    assert status_of("check", file) == 1
    line, chinese, english, total = capsys.readouterr().out.splitlines()
    assert line.startswith(f"{file}:")
    assert line.endswith("promised_days")
    assert "请写得不超过法定期限" in chinese
    assert "longer" in english
    assert total.startswith("1处要改")
    assert status_of("check", file, "--json") == 1
    (told,) = json.loads(capsys.readouterr().out)
    assert told["kind"] == "days"
    assert file.read_text("utf-8").splitlines()[told["line"] - 1].startswith("promised_days")


def test_a_file_that_is_not_there_is_wrong_usage(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert status_of("check", tmp_path / "none.yaml") == 2
    assert status_of("show", tmp_path / "none.yaml") == 2
    assert "Traceback" not in capsys.readouterr().err


@pytest.mark.slow
def test_what_ships_has_nothing_to_mend(capsys: pytest.CaptureFixture[str]) -> None:
    assert status_of("check") == 0
    count = len(shipped_items()) + len(shipped_life_events())
    assert f"{count}个事项文件，没有问题" in capsys.readouterr().out


@pytest.mark.parametrize("language", ["zh", "en"])
def test_an_item_is_shown_as_residents_read_it(
    language: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for file in (ALLOWANCE, QUERY, ITEMS / "property-proof.yaml"):
        assert status_of("show", file, "--language", language) == 0
    said = capsys.readouterr().out
    for item in shipped_items():
        if item.code in {"old-age-allowance", "income-tax-query", "property-proof"}:
            for _, words in texts_of((item.guide, item.consents, item.materials)):
                assert getattr(words, language) in said
    page = tmp_path / "page.html"
    assert status_of("show", ALLOWANCE, "--out", page, "--language", language) == 0
    assert page.read_text("utf-8").startswith("<!doctype html>")


def test_what_the_platform_refuses_is_not_shown(
    changed: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    assert status_of("show", changed(put("situation", "nowhere"))) == 1
    assert "这里只能写" in capsys.readouterr().out


def test_every_licence_that_residents_hold_is_known() -> None:
    held = {each["code"] for one in synthetic_data()["residents"] for each in one["licences"]}
    assert held <= set(licence_names())


def test_every_sentence_has_both_languages() -> None:
    for key, words in all_words().items():
        if key.startswith("items."):
            assert words["zh"].strip()
            assert words["en"].strip()


_EVENT = """code: walking-the-dog
name: {zh: 遛狗一件事, en: Walking the dog}
summary: {zh: 两件事一起办, en: Two in one}
items: [social-insurance-proof, old-age-allowance]
"""


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (("old-age-allowance]", "old-age-alowance]"), "4: items.1"),
        (("old-age-allowance]", "social-insurance-proof]"), "4: items.1"),
        ((", old-age-allowance]", "]"), "4: items"),
        (("code: walking", "code: riding"), "1: code"),
        (("Two in one}", '""}'), "3: summary.en"),
        (("summary:", "sumary:"), "3: sumary"),
    ],
)
def test_a_life_event_is_checked_like_an_item(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    change: tuple[str, str],
    expected: str,
) -> None:
    file = tmp_path / "walking-the-dog.yaml"
    file.write_text(_EVENT, "utf-8")
    assert status_of("check", file) == 0
    capsys.readouterr()
    file.write_text(_EVENT.replace(*change), "utf-8")
    assert status_of("check", file) == 1
    assert f"{file.name}:{expected}" in capsys.readouterr().out
