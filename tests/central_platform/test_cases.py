# SPDX-License-Identifier: Apache-2.0
"""Cases after they came in: gaps, officers, further papers, and nobody else's business."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID

import pytest
import requests
from sqlalchemy import select

from central_platform.storage.services import CasePromise
from kiosk.protocol.envelope import Payload, PlainAttachment
from tests.support.platform_asking import resident, staff, terminal

FORM = {
    "name": "王苗苗",
    "number": "36070219380312002X",
    "birth": "1938-03-12",
    "phone": "13800000000",
    "address": "江西省赣州市章贡区样例街道演示路1号1栋101室",
    "bank": "演示银行赣州章贡支行",
    "bank_account": "6200000000000000002",
}
DEFERRAL = {"kind": "deferral", "material": "household-register", "due_working_days": 10}
WORDS = {"zh": "请补交户口簿", "en": "Please hand in the register"}
OFFICE = "赣州市章贡区民政局"
LI = ("李测试", "360702198507010013")


def apply(desk: Any, *acts: dict[str, Any], who: tuple[str, ...] = ()) -> tuple[UUID, str]:
    sealed = desk.seal(payload=Payload(form=FORM, grant=desk.log_in(*who), acts=acts))
    desk.deliver(sealed)
    number = desk.client.case(sealed.manifest.id).case_number
    assert number is not None
    return sealed.manifest.id, number


def hand_in(desk: Any, about: UUID, who: tuple[str, ...] = ()) -> None:
    paper = PlainAttachment("register.pdf", "application/pdf", b"%PDF-1.4 a page")
    act = {"kind": "scan", "material": "household-register", "attachment": paper.name}
    payload = Payload(about=str(about), grant=desk.log_in(*who), acts=(act,))
    desk.deliver(desk.seal(kind="supplement", payload=payload, attachments=(paper,)))


def decide(desk: Any, number: str, state: str, *wanted: str, scope: str = "") -> requests.Response:
    officer = staff(desk, "officer", *([scope] if scope else []))
    body = {"state": state, "reason": WORDS, "wanted": list(wanted)}
    return officer("POST", f"/officers/cases/{number}/decision", json=body)


def mine(desk: Any, *who: str) -> list[dict[str, Any]]:
    cases: list[dict[str, Any]] = resident(desk, *who)("/cases/mine").json()["cases"]
    return cases


def test_everything_that_is_missing_is_told_at_once(desk: Any) -> None:
    ask = terminal(desk)
    form = {**FORM, "phone": "12", "surprise": 1}
    del form["bank"]
    body = {"item": "old-age-allowance", "form": form}
    told = ask("POST", "/submissions/check", json=body).json()
    assert not told["complete"]
    reasons = {each["about"]: each["reason"]["zh"] for each in told["complaints"]}
    assert set(reasons) == {"phone", "bank", "surprise", "household-register"}
    assert "11位" in reasons["phone"]  # the item's own words
    assert told["deferrable"] == ["household-register"]
    good = {"item": "old-age-allowance", "form": FORM, "deferred": ["household-register"]}
    assert ask("POST", "/submissions/check", json=good).json()["complete"]
    other = {"item": "old-age-allowance", "form": FORM, "materials": ["passport"]}
    assert not ask("POST", "/submissions/check", json=other).json()["complete"]
    unknown = ask("POST", "/submissions/check", json={"item": "no-such-item", "form": {}})
    assert unknown.status_code == 404


def test_a_gap_has_a_due_date_and_is_filled_from_any_visit(desk: Any, hall_clock: Any) -> None:
    about, number = apply(desk, DEFERRAL)
    (case,) = mine(desk)
    assert case["gaps"] == [
        {"material": "household-register", "due": "2026-12-08", "supplied_at": None}
    ]
    refused = decide(desk, number, "approved")
    assert (refused.status_code, refused.json()["code"]) == (409, "case.gaps")
    hall_clock.go(minutes=5)
    hand_in(desk, about, who=LI)  # somebody else's log-in fills nothing
    assert mine(desk)[0]["gaps"][0]["supplied_at"] is None
    hand_in(desk, about)
    assert mine(desk)[0]["gaps"][0]["supplied_at"] is not None
    assert decide(desk, number, "approved").status_code == 200
    assert desk.client.case(about).state == "approved"


def test_what_may_not_follow_later_is_no_gap(desk: Any) -> None:
    apply(desk, {"kind": "deferral", "material": "identity-card", "due_working_days": 99})
    (case,) = mine(desk)
    assert case["gaps"] == []
    assert case["state"] == "in_review"


def test_the_promise_is_kept_with_the_version_of_its_words(desk: Any) -> None:
    item = desk.running.context.published.catalogue.item("old-age-allowance")
    digest = item.promise.text_sha256
    apply(desk, {"kind": "promise", "version": "1.0", "text_sha256": digest})
    apply(desk, {"kind": "promise", "version": "0.9", "text_sha256": "0" * 64})
    with desk.running.context.database.read() as session:
        rows = session.scalars(select(CasePromise).order_by(CasePromise.case_key)).all()
    assert [(row.version, row.current) for row in rows] == [("1.0", True), ("0.9", False)]


def test_an_officer_asks_for_more_and_the_case_comes_back(desk: Any) -> None:
    about, number = apply(desk)
    assert decide(desk, number, "supplement").status_code == 422  # name what is wanted
    assert decide(desk, number, "supplement", "passport").status_code == 422
    assert decide(desk, number, "supplement", "household-register").json()["state"] == "supplement"
    (case,) = mine(desk)
    assert (case["state"], case["wanted"]) == ("supplement", ["household-register"])
    assert case["reason"] == WORDS
    hand_in(desk, about)
    assert mine(desk)[0]["state"] == "in_review"
    officer = staff(desk, "officer", OFFICE)
    file = officer("GET", f"/officers/cases/{number}").json()
    assert [change["after"] for change in file["changes"]] == ["supplement", "in_review"]
    assert file["form"] == FORM
    assert decide(desk, number, "refused").status_code == 200
    again = decide(desk, number, "approved")
    assert (again.status_code, again.json()["code"]) == (409, "case.state")


def test_an_officer_sees_and_decides_cases_of_the_own_department_only(desk: Any) -> None:
    _, number = apply(desk)
    other = staff(desk, "officer", "赣州市人力资源和社会保障局")
    assert other("GET", "/officers/cases").json()["cases"] == []
    assert other("GET", f"/officers/cases/{number}").status_code == 404
    elsewhere = decide(desk, number, "approved", scope="赣州市人力资源和社会保障局")
    assert elsewhere.status_code == 404
    assert decide(desk, number, "approved", scope=OFFICE).status_code == 200


def test_of_two_officers_one_decides(desk: Any) -> None:
    _, number = apply(desk)
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda state: decide(desk, number, state), ("approved", "refused")))
    assert sorted(answer.status_code for answer in answers) == [200, 409]


def test_a_list_of_cases_names_nobody(desk: Any, hall_clock: Any) -> None:
    apply(desk, DEFERRAL)
    hall_clock.go(days=14)
    answer = staff(desk, "auditor")("GET", "/officers/cases", params={"state": "in_review"})
    (row,) = answer.json()["cases"]
    assert row["overdue"]
    assert row["open_gaps"] == 1
    assert "苗" not in answer.text
    assert "1938" not in answer.text


def test_papers_are_for_their_officer(desk: Any) -> None:
    paper = PlainAttachment("register.html", "text/html", b"<script>alert(1)</script>")
    sealed = desk.seal(payload=Payload(form=FORM, grant=desk.log_in()), attachments=(paper,))
    desk.deliver(sealed)
    number = desk.client.case(sealed.manifest.id).case_number
    officer = staff(desk, "officer", OFFICE)
    answer = officer("GET", f"/officers/cases/{number}/papers/a1")
    assert answer.content == paper.data
    assert answer.headers["Content-Type"] == "application/octet-stream"  # no browser runs it
    assert officer("GET", f"/officers/cases/{number}/papers/a9").status_code == 404


def test_nobody_sees_anothers_cases(desk: Any) -> None:
    apply(desk)
    assert mine(desk, *LI) == []
    assert len(mine(desk)) == 1
    ended = terminal(desk)("POST", "/cases/mine", json={"grant": "made up"})
    assert (ended.status_code, ended.json()["code"]) == (403, "identity.grant")


@pytest.mark.parametrize("about", ["0198b5f5-0000-7000-8000-000000000000", "nonsense"])
def test_further_papers_for_nothing_are_kept_and_change_nothing(desk: Any, about: str) -> None:
    payload = Payload(about=about, grant=desk.log_in())
    signed = desk.deliver(desk.seal(kind="supplement", payload=payload))
    assert "核对归属" in signed.raw_body().decode()
