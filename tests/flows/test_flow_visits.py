# SPDX-License-Identifier: Apache-2.0
"""Whole visits, online and offline, for any item by its data alone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from drivers.core import Condition, PrintOutcome, PrintResult, Supply
from kiosk.flows import effects, events, intents, views
from kiosk.protocol.catalogue import Catalogue, ServiceItem

ALLOWANCE = "old-age-allowance"
PROOF = "social-insurance-proof"
ICONS = Path(__file__).parents[2] / "ui" / "qml" / "Kiosk" / "icons"


def recorded(visit: Any) -> list[str]:
    return [effect.event for effect in visit.all_asked(effects.RecordStep)]


def test_the_allowance_goes_from_card_to_case_number_to_a_clean_machine(visit: Any) -> None:
    visit.to("receipt", ALLOWANCE)
    page = visit.view.body
    assert page.number == "GZ2026000001"
    assert not page.provisional
    assert page.tone is views.Tone.GOOD
    assert any("11月30日（周一）前" in row.value for row in page.facts)
    visit.walk(ALLOWANCE)
    assert visit.wiped == 1
    pages = ["review", "working", "receipt", "rating", "goodbye", "working", "attract"]
    assert visit.screens[-7:] == pages
    assert {"submit.durable", "submit.delivered", "rating.given", "session.ended"} <= set(
        recorded(visit)
    )


def test_the_proof_is_fetched_and_printed_without_being_asked_for(visit: Any) -> None:
    visit.to("receipt", PROOF)
    assert [effect.code for effect in visit.all_asked(effects.PrintResult)] == ["proof"]
    page = visit.view.body
    assert page.heading == "已办好"
    assert [(paper.label, paper.state) for paper in page.papers] == [
        ("社会保险参保证明", "done"),
        ("凭条", "offered"),
    ]


def test_what_is_sent_is_what_was_reviewed(visit: Any) -> None:
    visit.to("review", ALLOWANCE)
    rows = [row for part in visit.view.body.sections for row in part.rows]
    assert {"王*苗", "平台已核实", "100 0000 0002", "用电子证照，不用交原件"} <= {
        row.value for row in rows
    }
    visit.act("submit")
    submit = visit.all_asked(effects.Submit)[0]
    assert submit.payload.form == {
        "name": "王苗苗",
        "number": "36070219380312002X",
        "birth": "1938-03-12",
        "phone": "10000000002",
        "address": "江西省赣州市章贡区样例街道演示路1号1栋101室",
        "bank": "演示银行赣州章贡支行",
        "bank_account": "6200000000000000002",
    }
    assert [act["kind"] for act in submit.payload.acts] == [
        "consent",
        "consent",
        "promise",
        "licence",
    ]
    assert submit.payload.grant is not None
    assert submit.payload.identity is None
    assert [attachment.name for attachment in submit.attachments] == ["签名.png"]


def test_offline_the_allowance_is_kept_and_never_called_accepted(offline_visit: Any) -> None:
    visit = offline_visit
    visit.to("form", ALLOWANCE)
    assert visit.view.body.notice == "信息来自身份证芯片，平台还没有核实"
    visit.to("receipt", ALLOWANCE)
    page = visit.view.body
    assert page.provisional
    assert page.heading == "还没有送达平台，已安全存好"
    assert page.number == "ZG-0001"
    assert page.tone is views.Tone.WARNING
    assert "联网后自动提交" in page.next_steps[0]
    assert "受理" not in repr(page)
    submit = visit.all_asked(effects.Submit)[0]
    assert submit.payload.grant is None
    assert submit.payload.identity["verified"] is False
    assert not visit.all_asked(effects.IdentifyByCard)
    visit.act("print:slip")
    slip = visit.all_asked(effects.PrintSlip)[0].receipt
    assert slip.title == "临时凭条（还没有送达平台）"
    assert slip.number == "ZG-0001"
    visit.walk(ALLOWANCE)
    assert visit.wiped == 1


def test_offline_the_proof_is_refused_before_anybody_logs_in(offline_visit: Any) -> None:
    visit = offline_visit
    visit.to("item", PROOF)
    page = visit.view.body
    assert page.truth == "本机现在不能办：现在没有联网。可去东边320米的邮政营业厅。"
    assert page.truth_tone is views.Tone.WRONG
    assert "start" not in [action.id for action in page.actions]
    visit.act("start")
    assert visit.screen == "item"
    assert not visit.all_asked(effects.ReadIdCard)


def test_the_receipt_that_comes_late_turns_the_provisional_page_into_an_accepted_one(
    offline_visit: Any,
) -> None:
    visit = offline_visit
    visit.to("receipt", ALLOWANCE)
    visit.act("print:slip")
    visit.link(online=True)
    visit.send(events.Delivered(visit.session, UUID(int=1), "GZ2026000001", "2026-11-30"))
    page = visit.view.body
    assert not page.provisional
    assert page.number == "GZ2026000001"
    assert [row.value for row in page.facts if row.label == "临时编号"] == ["ZG-0001"]
    assert page.papers[0].state == "offered", "the final number may be printed too"


def test_the_slip_carries_no_more_of_the_person_than_a_masked_name(
    visit: Any, personal: tuple[str, ...]
) -> None:
    visit.to("receipt", ALLOWANCE)
    visit.act("print:slip")
    slip = visit.all_asked(effects.PrintSlip)[0].receipt
    everything = " ".join([slip.title, *(f"{a}{b}" for a, b in slip.rows), *slip.notes, slip.qr])
    assert "王*苗" in everything
    assert not [secret for secret in personal if secret in everything]
    assert slip.qr == f"hall24/1 GZ2026000001 {UUID(int=1)}"


def test_an_english_slip_says_it_in_chinese_too(visit: Any) -> None:
    visit.to("receipt", ALLOWANCE)
    visit.touch(intents.SetMode("english", True))
    visit.act("print:slip")
    slip = visit.all_asked(effects.PrintSlip)[0].receipt
    assert slip.title == "办件回执 Receipt"
    assert slip.rows[0] == ("事项 Matter", "高龄津贴申领 Old-age allowance")


def test_one_log_in_serves_a_second_matter(visit: Any) -> None:
    visit.to("goodbye", ALLOWANCE)
    visit.act("more")
    visit.to("receipt", PROOF)
    assert len(visit.all_asked(effects.ReadIdCard)) == 1
    assert len(visit.all_asked(effects.IdentifyByCard)) == 1
    assert visit.submissions == 3, "two applications and a rating"


def test_back_leads_to_the_page_before_and_keeps_what_was_typed(visit: Any) -> None:
    visit.to("review", ALLOWANCE)
    seen = []
    while visit.view.can_back and visit.screen != "home":
        seen.append(visit.screen)
        visit.touch(intents.Back())
    assert seen == [
        "review",
        "promise",
        "materials",
        "form",
        "form",
        "form",
        "consent",
        "consent",
        "item",
    ]
    visit.to("review", ALLOWANCE)
    values = {row.value for part in visit.view.body.sections for row in part.rows}
    assert "演示银行赣州章贡支行" in values
    assert len(visit.all_asked(effects.ReadIdCard)) == 1


def test_changing_from_the_review_leads_to_that_page_and_back(visit: Any) -> None:
    visit.to("review", ALLOWANCE)
    visit.act("change:form:1")
    assert visit.screen == "form"
    visit.touch(intents.Answer("phone", "123"))
    visit.act("next")
    assert visit.screen == "form", "a wrong number is not taken along"
    field = visit.view.body.fields[0]
    assert field.error == "手机号是11位，如13800000000"
    visit.touch(intents.Answer("phone", "13800000000"))
    visit.act("next")
    assert visit.screen == "review"
    values = {row.value for part in visit.view.body.sections for row in part.rows}
    assert "138 0000 0000" in values


def test_known_answers_say_where_they_come_from_and_locked_ones_stay(visit: Any) -> None:
    visit.to("form", ALLOWANCE)
    name, number, birth = visit.view.body.fields
    assert (name.source, name.locked) == ("来自身份证", True)
    assert number.shown == "360702********002X"
    assert birth.shown == "1938年3月12日"
    visit.touch(intents.Edit("name"))
    visit.touch(intents.Answer("name", "李测试"))
    assert visit.view.body.fields[0].value == "王苗苗"
    assert not visit.view.body.fields[0].editing
    visit.act("next")
    assert {field.source for field in visit.view.body.fields} == {"来自平台", ""}


def test_refusing_a_voluntary_consent_only_means_typing(visit: Any) -> None:
    visit.to("consent", ALLOWANCE)
    visit.act("refuse")
    assert visit.screen == "consent", "the next consent is asked by itself"
    visit.act("agree")
    assert not visit.all_asked(effects.FetchPrefill)
    visit.act("next")
    assert visit.view.body.notice == "您没有同意取已有信息，请自己填写"
    visit.to("materials", ALLOWANCE)
    ways = [action.id.partition(":")[0] for action in visit.view.body.materials[0].actions]
    assert ways == ["scan", "later"]
    visit.walk(ALLOWANCE)
    assert visit.wiped == 1


def test_refusing_a_required_consent_is_a_path_not_an_end(visit: Any) -> None:
    visit.to("consent", PROOF)
    visit.act("refuse")
    assert visit.screen == "trouble"
    assert {action.id for action in visit.view.body.actions} == {"ticket", "other_way", "again"}
    visit.act("other_way")
    assert visit.view.overlay.kind == "help"
    visit.act("close")
    visit.act("again")
    assert visit.screen == "consent"
    visit.walk(PROOF)
    assert visit.wiped == 1


def test_consents_are_recorded_with_text_hash_time_and_gesture(visit: Any) -> None:
    visit.to("review", PROOF)
    visit.act("submit")
    act = visit.all_asked(effects.Submit)[0].payload.acts[0]
    assert act["given"] is True
    assert act["gesture"] == "button"
    assert len(act["text_sha256"]) == 64
    assert act["at"].startswith("2026-11-23T")


def test_taking_a_consent_back_takes_back_what_was_fetched(visit: Any) -> None:
    visit.to("review", ALLOWANCE)
    visit.act("change:consent:0")
    visit.act("refuse")
    assert visit.screen == "review"
    values = {row.value for part in visit.view.body.sections for row in part.rows}
    assert "演示银行赣州章贡支行" not in values
    assert visit.view.body.notice == "还有没填完的，提交前会带您去填"
    visit.act("submit")
    assert visit.screen == "form"
    assert not visit.all_asked(effects.Submit)
    assert any(field.error for field in visit.view.body.fields)
    visit.walk(ALLOWANCE)
    assert visit.submissions == 2


def test_a_scan_is_attached_and_can_be_undone(visit: Any) -> None:
    visit.to("materials", ALLOWANCE)
    visit.act("scan:household-register")
    visit.act("scan_done")
    assert visit.view.body.materials[0].state == "scanned"
    visit.act("undo:household-register")
    assert visit.view.body.materials[0].state == "open"
    visit.act("scan:household-register")
    visit.act("scan_done")
    visit.to("review", ALLOWANCE)
    visit.act("submit")
    names = [each.name for each in visit.all_asked(effects.Submit)[0].attachments]
    assert names == ["居民户口簿（首页和本人页）.png", "签名.png"]


def test_a_paper_may_follow_later(visit: Any) -> None:
    visit.to("materials", ALLOWANCE)
    visit.act("later:household-register")
    assert visit.view.body.materials[0].state_words == "以后交，请在10个工作日内"
    visit.to("review", ALLOWANCE)
    visit.act("submit")
    act = visit.all_asked(effects.Submit)[0].payload.acts[-1]
    assert act == {"kind": "deferral", "material": "household-register", "due_working_days": 10}


def test_an_empty_signature_is_none(visit: Any) -> None:
    visit.to("promise", ALLOWANCE)
    visit.touch(intents.Sign(b"\x89PNG\r\n\x1a\n", 0))
    visit.touch(intents.Sign(b"not a picture", 4))
    visit.act("next")
    assert visit.screen == "promise"
    assert not visit.view.body.signed


def test_who_cannot_draw_confirms_with_a_key_and_the_record_says_so(visit: Any) -> None:
    visit.to("promise", ALLOWANCE)
    visit.act("sign_by_key")
    assert visit.view.body.notice == "已按键确认，代替签名"
    visit.act("next")
    assert visit.screen == "review"
    visit.act("submit")
    sent = visit.all_asked(effects.Submit)[0]
    assert "签名.png" not in [each.name for each in sent.attachments]
    promise = next(act for act in sent.payload.acts if act["kind"] == "promise")
    assert promise["gesture"] == "key"


def test_a_signature_takes_the_place_of_the_key_and_can_be_cleared(visit: Any) -> None:
    visit.to("promise", ALLOWANCE)
    visit.act("sign_by_key")
    visit.touch(intents.Sign(b"\x89PNG\r\n\x1a\n", 3))
    assert visit.view.body.notice == "已签名"
    visit.act("clear")
    assert not visit.view.body.signed
    visit.act("next")
    assert visit.screen == "promise"


def test_the_step_bar_has_at_most_five_steps_and_leaves_out_what_an_item_lacks(visit: Any) -> None:
    visit.to("form", ALLOWANCE)
    assert [(step.label, step.state) for step in visit.view.steps] == [
        ("身份", "done"),
        ("填写", "now"),
        ("材料", "next"),
        ("确认", "next"),
        ("完成", "next"),
    ]
    visit.touch(intents.Exit())
    visit.act("leave_now")
    visit.to("form", PROOF)
    assert [step.label for step in visit.view.steps] == ["身份", "填写", "确认", "完成"]


def test_any_valid_item_works_without_code_of_its_own(visit: Any) -> None:
    bare = visit.flow.state.machine.catalogue.item(PROOF).model_dump(mode="json")
    bare |= {
        "code": "count-pigs",
        "consents": [],
        "results": [],
        "promise": {"version": "2", "text": {"zh": "如实填写", "en": "Truly"}},
        "form": {
            "json_schema": {
                "type": "object",
                "required": ["pigs"],
                "properties": {
                    "pigs": {"type": "integer", "minimum": 1},
                    "since": {"type": "string", "format": "date"},
                },
            },
            "groups": [
                {
                    "title": {"zh": "猪", "en": "Pigs"},
                    "fields": [
                        {
                            "key": "pigs",
                            "label": {"zh": "头数", "en": "Number"},
                            "widget": "number",
                            "example": "3",
                        },
                        {"key": "since", "label": {"zh": "日期", "en": "Date"}, "widget": "date"},
                    ],
                }
            ],
        },
    }
    item = ServiceItem.model_validate(bare)
    visit.send(events.CatalogueLoaded(Catalogue(version="2", items=(item,)), 0.0, fresh=True))
    visit.walk("count-pigs")
    submit = visit.all_asked(effects.Submit)[0]
    assert submit.payload.form == {"pigs": 3}
    assert [act["kind"] for act in submit.payload.acts] == ["promise"]
    assert "promise" in visit.screens


@pytest.mark.parametrize(
    ("typed", "found"),
    [("社保", PROOF), ("gljt", ALLOWANCE), ("canbao", PROOF), ("Old-age", ALLOWANCE)],
)
def test_an_item_is_found_however_it_is_typed(visit: Any, typed: str, found: str) -> None:
    visit.to("home")
    visit.touch(intents.Search(typed))
    assert visit.view.body.tiles[0].code == found
    assert visit.view.can_back
    visit.touch(intents.Back())
    assert visit.view.body.query == ""


def test_situations_narrow_the_list_and_widen_it_again(visit: Any) -> None:
    visit.to("home")
    visit.act("situation:family")
    assert [tile.code for tile in visit.view.body.tiles] == [ALLOWANCE]
    visit.act("situation:housing")
    assert visit.view.body.tiles == ()
    visit.act("situation:housing")
    assert len(visit.view.body.tiles) == 2


def test_a_long_list_has_pages(new_visit: Callable[..., Any]) -> None:
    visit = new_visit(tiles=1)
    visit.to("home")
    assert (visit.view.body.page, visit.view.body.pages) == (1, 2)
    visit.act("page:next")
    visit.act("page:next")
    assert visit.view.body.page == 2
    visit.act("page:previous")
    assert visit.view.body.page == 1


def test_large_letters_show_fewer_things_a_page(visit: Any) -> None:
    item = visit.flow.state.machine.catalogue.items[0]
    many = tuple(item.model_copy(update={"code": f"item-{number:02}"}) for number in range(8))
    visit.send(events.CatalogueLoaded(Catalogue(version="3", items=many), 0.0, fresh=True))
    visit.to("home")
    assert (len(visit.view.body.tiles), visit.view.body.pages) == (6, 2)
    visit.touch(intents.SetMode("elder", True))
    assert (len(visit.view.body.tiles), visit.view.body.pages) == (3, 3)


def test_the_attract_screen_tells_the_truth_about_each_item(visit: Any) -> None:
    assert visit.view.body.can_now == ("办社保参保证明，现在可以办", "高龄津贴申领，现在可以办")
    visit.link(online=False)
    assert visit.view.body.can_now == ("高龄津贴申领，可先收下，联网后送达",)
    assert visit.view.body.cannot_now == ("办社保参保证明，现在不能办：现在没有联网",)
    assert visit.view.body.headline == "现在可以办1件事"
    visit.device("id_card", Condition.NO_DEVICE, "dev.not_present")
    assert visit.screen == "out_of_service"
    assert visit.view.body.reason == "现在没有联网\n身份证读卡器没有连上"
    visit.link(online=True)
    assert visit.screen == "attract", "with a link the guides are still offered"
    assert visit.view.body.headline == "现在只能看办事指南"
    visit.act("start")
    assert visit.screen == "home"


def test_out_of_service_names_what_is_missing_and_does_not_call_it_starting(
    offline_visit: Any,
) -> None:
    visit = offline_visit
    visit.device("id_card", Condition.HARDWARE_ERROR, "dev.hardware")
    visit.device("page_printer", Condition.STARTING)
    body = visit.view.body
    assert body.heading == "暂停服务"
    assert body.reason == "现在没有联网\n身份证读卡器坏了\n证明打印机正在启动"
    assert body.nearest == "最近的办事点：邮政营业厅，东边320米"
    assert body.phone == "0797-0000000"
    assert "id_card:dev.hardware" in body.small_print
    assert not visit.view.can_exit


def test_the_light_follows_the_device_in_use(visit: Any) -> None:
    visit.to("receipt", PROOF)
    lights = [effect.role for effect in visit.all_asked(effects.LightSlot)]
    assert "id_card" in lights
    visit.answers["PrintSlip"] = None
    visit.act("print:slip")
    assert visit.all_asked(effects.LightSlot)[-1].role == "receipt_printer"
    slip = visit.silent[-1]
    visit.send(events.Printed(slip.session, "slip", PrintOutcome(PrintResult.DONE)))
    assert visit.all_asked(effects.LightSlot)[-1].role == ""


def test_low_paper_is_no_reason_to_refuse(visit: Any) -> None:
    visit.device("receipt_printer", paper=Supply.LOW)
    visit.to("receipt", ALLOWANCE)
    assert "print:slip" in [action.id for action in visit.view.body.actions]


def test_every_icon_that_a_page_names_is_drawn(visit: Any) -> None:
    drawn = {path.stem for path in ICONS.glob("*.svg")}
    visit.walk(ALLOWANCE)
    visit.walk(PROOF)
    visit.to("identity")
    visit.touch(intents.Exit())
    named = {icon for outcome in visit.outcomes for icon in icons_of(outcome.view)}
    assert sorted(named - drawn) == []


def icons_of(value: object) -> list[str]:
    if isinstance(value, tuple):
        return [icon for each in value for icon in icons_of(each)]
    found = [value.icon] if getattr(value, "icon", "") else []
    for name in getattr(value, "__dataclass_fields__", ()):
        found += icons_of(getattr(value, name))
    return found
