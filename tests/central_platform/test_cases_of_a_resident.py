# SPDX-License-Identifier: Apache-2.0
"""A resident's own cases from any visit: steps, documents, and the state that a slip opens."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import pytest
import requests

from kiosk.platform_client.port import RefusedError
from kiosk.protocol.envelope import Payload
from tests.support.platform_asking import staff

LI = ("李测试", "360702198507010013")
WORDS = {"zh": "请补交户口簿", "en": "Please hand in the register"}

PROOF_FORM = {"purpose": "loan", "period": "months-12"}
ALLOWANCE_FORM = {
    "name": "王苗苗",
    "number": "36070219380312002X",
    "birth": "1938-03-12",
    "phone": "13800000000",
    "address": "江西省赣州市章贡区样例街道演示路1号1栋101室",
    "bank": "演示银行赣州章贡支行",
    "bank_account": "6200000000000000002",
}


def proof(desk: Any) -> UUID:
    sealed = desk.seal(
        "social-insurance-proof",
        payload=Payload(form=PROOF_FORM, grant=desk.log_in()),
    )
    desk.deliver(sealed)
    return UUID(str(sealed.manifest.id))


def refused_code(ask: Any, *args: object) -> str:
    with pytest.raises(RefusedError) as refused:
        ask(*args)
    return str(refused.value.code)


def test_a_case_names_its_matter_and_what_happened(desk: Any) -> None:
    sealed = desk.seal(payload=Payload(form={}, grant=desk.log_in()))
    desk.deliver(sealed)
    number = desk.client.case(sealed.manifest.id).case_number
    officer = staff(desk, "officer")
    body = {"state": "supplement", "reason": WORDS, "wanted": ["household-register"]}
    assert officer("POST", f"/officers/cases/{number}/decision", json=body).ok
    (case,) = desk.client.my_cases(desk.log_in()).cases
    assert case.name is not None
    assert case.name.zh
    assert [(step.state, step.reason.zh) for step in case.steps] == [("supplement", WORDS["zh"])]
    assert case.results == ()


def test_a_document_is_there_for_its_resident_long_after(desk: Any, hall_clock: Any) -> None:
    submission = proof(desk)
    hall_clock.go(days=40)
    assert refused_code(desk.client.result, submission, "proof") == "result.window"
    (case,) = desk.client.my_cases(desk.log_in()).cases
    code = case.results[0].code
    pdf = desk.client.held_result(desk.log_in(), submission, code)
    assert pdf.startswith(b"%PDF-")
    url = desk.client.handover(submission, code, desk.log_in()).url
    assert requests.post(url, timeout=60).content == pdf


def test_nobody_else_gets_a_document_nor_learns_of_it(desk: Any) -> None:
    submission = proof(desk)
    other = desk.log_in(*LI)
    for unknown in (submission, uuid4()):
        assert refused_code(desk.client.held_result, other, unknown, "proof") == (
            "submission.unknown"
        )
        assert refused_code(desk.client.handover, unknown, "proof", other) == "submission.unknown"
    ended = desk.log_in()
    desk.client.logout(ended)
    assert refused_code(desk.client.held_result, ended, submission, "proof") == "identity.grant"


def test_a_slip_opens_the_state_and_nothing_else(desk: Any) -> None:
    sealed = desk.seal(payload=Payload(form={"name": "王苗苗"}, grant=desk.log_in()))
    desk.deliver(sealed)
    submission, receipt = sealed.manifest.id, sealed.manifest.receipt
    number = desk.client.case(submission).case_number
    shown = desk.client.case_of_slip(number, submission)
    assert (shown.number, shown.state, shown.wanted) == (number, "in_review", False)
    assert desk.client.case_of_slip(receipt, submission) == shown  # a provisional slip
    told = shown.model_dump_json()
    assert "王苗苗" not in told
    assert "old-age" not in told


def test_number_and_submission_of_a_slip_have_to_belong_together(desk: Any) -> None:
    sealed = desk.seal(payload=Payload(form={}, grant=desk.log_in()))
    desk.deliver(sealed)
    number = desk.client.case(sealed.manifest.id).case_number
    assert refused_code(desk.client.case_of_slip, number, uuid4()) == "case.unknown"
    assert refused_code(desk.client.case_of_slip, "GZ1", sealed.manifest.id) == "case.unknown"
