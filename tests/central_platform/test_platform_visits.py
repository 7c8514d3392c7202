# SPDX-License-Identifier: Apache-2.0
"""Whole visits over real sockets: what residents come for, from log-in to paper."""

from __future__ import annotations

import json
from datetime import date
from typing import Any
from uuid import UUID

import jsonschema
import pytest
import requests
from sqlalchemy import select

from central_platform.case_numbers import is_well_formed
from central_platform.items import shipped_items
from central_platform.listing import listed_submissions
from central_platform.storage.models import DataUse, Rating, Ticket
from kiosk.platform_client.port import RefusedError
from kiosk.protocol.envelope import Payload, PlainAttachment
from kiosk.protocol.messages import RECEIPT_PURPOSE, Heartbeat, PlatformReceipt
from kiosk.protocol.wire import Signed, sha256_hex

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


def receipt_of(desk: Any, signed: Signed) -> PlatformReceipt:
    body = signed.verified_body(RECEIPT_PURPOSE, desk.enrolled.signing_keys)
    return PlatformReceipt.model_validate_json(body)


def proof(desk: Any) -> tuple[UUID, bytes]:
    sealed = desk.seal(
        "social-insurance-proof", payload=Payload(form=PROOF_FORM, grant=desk.log_in())
    )
    desk.deliver(sealed)
    return sealed.manifest.id, desk.client.result(sealed.manifest.id, "proof")


def test_a_proof_is_approved_at_once_and_its_seal_verifies(desk: Any) -> None:
    submission, pdf = proof(desk)
    status = desk.client.case(submission)
    assert status.state == "approved"
    assert status.results[0].sha256 == sha256_hex(pdf)
    assert status.results[0].size == len(pdf)
    assert pdf.startswith(b"%PDF-")
    assert desk.client.result(submission, "proof") == pdf


def test_who_has_no_record_is_refused_with_the_rules_words(desk: Any) -> None:
    grant = desk.log_in("赵样本", "360702195503200035")
    sealed = desk.seal("social-insurance-proof", payload=Payload(form=PROOF_FORM, grant=grant))
    desk.deliver(sealed)
    status = desk.client.case(sealed.manifest.id)
    assert status.state == "refused"
    assert status.reason is not None
    assert "参保记录" in status.reason.zh
    assert not status.results
    with pytest.raises(RefusedError) as refused:
        desk.client.result(sealed.manifest.id, "proof")
    assert refused.value.code == "result.unknown"


def test_an_allowance_is_taken_in_with_its_material_and_a_promised_date(desk: Any) -> None:
    grant = desk.log_in()
    consent = desk.consent("old-age-allowance", "allowance-prefill")
    known = desk.client.prefill(grant, "old-age-allowance", consent)
    assert set(known.values) == {"phone", "address", "bank", "bank_account"}
    assert [(offer.code, offer.state) for offer in known.licences] == [
        ("household-register", "held")
    ]
    licence = desk.client.fetch_licence(grant, "old-age-allowance", "household-register", consent)
    signature = PlainAttachment("signature.png", "image/png", b"\x89PNG" + bytes(900))
    sealed = desk.seal(
        payload=Payload(
            form=ALLOWANCE_FORM,
            grant=grant,
            acts=({"kind": "licence", **licence.model_dump()},),
        ),
        attachments=(signature,),
    )
    desk.client.logout(grant)
    receipt = receipt_of(desk, desk.deliver(sealed))
    assert receipt.promised_date == date(2026, 12, 1)  # Tuesday, five working days after Tuesday
    assert receipt.case_number is not None
    assert is_well_formed(receipt.case_number)
    status = desk.client.case(sealed.manifest.id)
    assert (status.state, status.case_number) == ("in_review", receipt.case_number)
    (row,) = listed_submissions(desk.running.context.database)
    assert row["form"] == ALLOWANCE_FORM
    assert row["attachments"] == [
        {"name": "signature.png", "size": 904, "sha256": sha256_hex(signature.data)}
    ]
    stored = list((desk.running.context.data_dir / "attachments").rglob(sha256_hex(signature.data)))
    assert stored[0].read_bytes() == signature.data
    assert stored[0].stat().st_mode & 0o077 == 0
    assert not list((desk.running.context.data_dir / "uploads").iterdir())


def test_the_items_own_rules_decide(desk: Any) -> None:
    for name, number, state in (
        ("李测试", "360702198507010013", "refused"),  # 41 years old
        ("孙演示", "360702193402150068", "refused"),  # receives it already
        ("王苗苗", "36070219380312002X", "in_review"),
    ):
        form = {**ALLOWANCE_FORM, "name": name, "number": number}
        sealed = desk.seal(payload=Payload(form=form, grant=desk.log_in(name, number)))
        desk.deliver(sealed)
        assert desk.client.case(sealed.manifest.id).state == state


def test_an_identity_from_the_chip_alone_goes_to_an_officer(desk: Any) -> None:
    sealed = desk.seal(payload=Payload(form=ALLOWANCE_FORM, identity={"number": "unverified"}))
    desk.deliver(sealed)
    assert desk.client.case(sealed.manifest.id).state == "in_review"


def test_an_unknown_item_is_stored_and_goes_to_an_officer(desk: Any) -> None:
    sealed = desk.seal("item-of-another-year", payload=Payload(form={"a": 1}))
    assert receipt_of(desk, desk.deliver(sealed)).case_number is not None
    assert desk.client.case(sealed.manifest.id).state == "in_review"


def test_a_handover_address_works_once(desk: Any) -> None:
    submission, pdf = proof(desk)
    url = desk.client.handover(submission, "proof").url
    page = requests.get(url, timeout=60)
    assert page.status_code == 200
    assert "width=device-width" in page.text
    assert requests.get(url, timeout=60).status_code == 200  # looking does not use it up
    assert requests.post(url, timeout=60).content == pdf
    assert requests.post(url, timeout=60).status_code == 410
    assert "已经领取" in requests.get(url, timeout=60).text


def test_addresses_and_results_close_with_time(desk: Any, hall_clock: Any) -> None:
    submission, _ = proof(desk)
    url = desk.client.handover(submission, "proof").url
    hall_clock.go(minutes=11)
    assert requests.post(url, timeout=60).status_code == 410
    assert requests.get(f"{desk.running.url}/h/nonsense", timeout=60).status_code == 410
    assert desk.client.result(submission, "proof")
    hall_clock.go(hours=2)
    with pytest.raises(RefusedError) as refused:
        desk.client.result(submission, "proof")
    assert refused.value.code == "result.window"


def test_a_rating_is_linked_and_a_bad_one_opens_a_ticket(desk: Any) -> None:
    about = desk.seal()
    desk.deliver(about)
    for grade in (5, 1):
        payload = Payload(form={"grade": grade, "words": "x"}, about=str(about.manifest.id))
        signed = desk.deliver(desk.seal(kind="rating", payload=payload))
        receipt = receipt_of(desk, signed)
        assert receipt.case_number is None
    assert receipt.note is not None
    assert receipt.promised_date == date(2026, 11, 25)
    with desk.running.context.database.read() as session:
        ratings = session.scalars(select(Rating).order_by(Rating.submission_key)).all()
        tickets = session.scalars(select(Ticket)).all()
    assert [(rating.grade, rating.about) for rating in ratings] == [
        (5, about.manifest.id),
        (1, about.manifest.id),
    ]
    assert [ticket.cause for ticket in tickets] == ["bad_rating"]


def test_a_ticket_gets_a_number(desk: Any) -> None:
    sealed = desk.seal("trouble", kind="ticket", payload=Payload(form={"words": "打印机没有纸"}))
    receipt = receipt_of(desk, desk.deliver(sealed))
    assert receipt.note is not None
    number = receipt.note.zh.split()[-1]
    assert number.startswith("T")
    assert is_well_formed(number)
    assert desk.client.case(sealed.manifest.id).state == "received"


def test_every_use_of_data_leaves_a_trace_and_needs_the_published_consent(desk: Any) -> None:
    item = "old-age-allowance"
    grant = desk.log_in()
    consent = desk.consent(item, "allowance-prefill")
    for wrong, code in (
        ({"given": False}, "consent.missing"),
        ({"code": "other"}, "consent.missing"),
        ({"text_sha256": "0" * 64}, "consent.other_text"),
        ({"version": "0.9"}, "consent.other_text"),
    ):
        with pytest.raises(RefusedError) as refused:
            desk.client.prefill(grant, item, consent.model_copy(update=wrong))
        assert refused.value.code == code
    with pytest.raises(RefusedError) as refused:
        desk.client.fetch_licence(grant, item, "elder-card", consent)
    assert refused.value.code == "licence.not_for_item"
    licence = desk.client.fetch_licence(grant, item, "household-register", consent)
    with desk.running.context.database.read() as session:
        (use,) = session.scalars(select(DataUse)).all()
    assert (use.trace, use.kind, use.licence) == (licence.trace, "licence", "household-register")


def test_a_licence_that_is_not_held_is_refused(desk: Any) -> None:
    grant = desk.log_in("赵样本", "360702195503200035")
    consent = desk.consent("old-age-allowance", "allowance-prefill")
    offers = desk.client.prefill(grant, "old-age-allowance", consent).licences
    assert [offer.state for offer in offers] == ["missing"]
    with pytest.raises(RefusedError) as refused:
        desk.client.fetch_licence(grant, "old-age-allowance", "household-register", consent)
    assert refused.value.code == "licence.not_held"


def test_a_grant_ends_by_time_and_by_log_out(desk: Any, hall_clock: Any) -> None:
    consent = desk.consent("old-age-allowance", "allowance-prefill")
    ended = desk.log_in()
    desk.client.logout(ended)
    desk.client.logout(ended)
    late = desk.log_in()
    hall_clock.go(minutes=31)
    for grant in (ended, late, "never"):
        with pytest.raises(RefusedError) as refused:
            desk.client.prefill(grant, "old-age-allowance", consent)
        assert refused.value.code == "identity.grant"


def test_half_a_match_is_nobody(desk: Any) -> None:
    for name, number in (("李测试", "36070219380312002X"), ("王苗苗", "360702198507010013")):
        with pytest.raises(RefusedError) as refused:
            desk.log_in(name, number)
        assert refused.value.code == "identity.unknown"


def test_the_platform_tells_the_time(desk: Any, hall_clock: Any) -> None:
    assert desk.client.heartbeat(Heartbeat(software="0.1", queued=0)).now == hall_clock()


def test_logs_and_refusals_never_quote_what_was_sent(
    desk: Any, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    proof(desk)
    session = requests.Session()
    answer = session.post(
        f"{desk.running.url}/v1/terminals/enrol",
        data=json.dumps({"token": "秘密王苗苗", "public_key": 5}),
        headers={"Content-Type": "application/json"},
        timeout=60,
    )
    session.close()
    assert answer.status_code == 422
    assert answer.json()["code"] == "request.invalid"
    for secret in ("王苗苗", "36070219380312002X", "秘密"):
        assert secret not in answer.text
        assert secret not in caplog.text
    assert "/submissions/{submission}" in caplog.text


def test_the_catalogue_is_signed_tagged_and_valid_by_its_published_schema(desk: Any) -> None:
    found = desk.client.catalogue(None)
    assert found is not None
    etag, _, catalogue = found
    assert catalogue.items == shipped_items()
    assert len(catalogue.items) >= 40
    assert desk.client.catalogue(etag) is None
    assert desk.client.catalogue('"other"') is not None
    schema = requests.get(f"{desk.running.url}/v1/catalogue/schema", timeout=60).json()
    for item in catalogue.items:
        jsonschema.Draft202012Validator(schema).validate(item.model_dump(mode="json"))
