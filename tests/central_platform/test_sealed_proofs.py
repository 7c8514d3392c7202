# SPDX-License-Identifier: Apache-2.0
"""The paper itself: its words, its layout, its seal."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
from asn1crypto import pem, x509
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.fields import SigSeedSubFilter
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko_certvalidator import ValidationContext

from central_platform.context import open_platform
from central_platform.keys import load_or_create_keys
from central_platform.proofs import ProofError, ProofFacts, sealed_proof
from central_platform.residents import find_by_card

RARE = ("360702199005190047", "陈𬱖样")


@pytest.fixture(scope="module")
def made(fresh_platform: Path) -> Iterator[Any]:
    """(facts, document, keys, sealed PDF) of the resident with the rare name."""
    platform = open_platform(fresh_platform)
    try:
        with platform.database.read() as session:
            resident = find_by_card(session, *RARE)
        assert resident is not None
        item = platform.published.catalogue.item("social-insurance-proof")
        assert item is not None
        facts = ProofFacts(
            item=item,
            case_number="261124-000001-0",
            resident=resident,
            form={"purpose": "loan", "period": "months-12"},
            issued=datetime(2026, 11, 24, 9, 30),  # noqa: DTZ001 - civil time of the hall
        )
        pdf = sealed_proof(item.results[0], facts, platform.secrets.seal)
        yield facts, item.results[0], platform.secrets, pdf
    finally:
        platform.close()


def sound(pdf: bytes, root_pem: bytes) -> bool:
    root = x509.Certificate.load(pem.unarmor(root_pem)[2])
    (signature,) = PdfFileReader(BytesIO(pdf)).embedded_signatures
    status = validate_pdf_signature(
        signature, ValidationContext(trust_roots=[root], allow_fetching=False)
    )
    return bool(status.bottom_line)


def test_the_seal_verifies_and_covers_the_whole_file(made: Any) -> None:
    _, _, keys, pdf = made
    assert sound(pdf, keys.seal.root_pem)
    (signature,) = PdfFileReader(BytesIO(pdf)).embedded_signatures
    assert signature.sig_object["/SubFilter"] == SigSeedSubFilter.PADES.value
    assert signature.compute_integrity_info() is None
    assert signature.evaluate_signature_coverage().name == "ENTIRE_FILE"


def test_a_changed_byte_breaks_the_seal(made: Any) -> None:
    _, _, keys, pdf = made
    place = pdf.index(b"/MediaBox") + 12
    changed = pdf[:place] + bytes([pdf[place] ^ 1]) + pdf[place + 1 :]
    assert not sound(changed, keys.seal.root_pem)


def test_a_seal_of_another_platform_is_not_trusted(
    made: Any, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    # The library warns about what is then refused; whether it may depends on who else was imported.
    caplog.set_level(logging.CRITICAL, logger="pyhanko_certvalidator")
    caplog.set_level(logging.CRITICAL, logger="pyhanko")
    _, _, _, pdf = made
    assert not sound(pdf, load_or_create_keys(tmp_path).seal.root_pem)


def test_the_paper_is_a4_says_what_it_must_and_bears_a_red_seal(made: Any) -> None:
    facts, _, _, pdf = made
    document = pypdfium2.PdfDocument(pdf)
    try:
        document.init_forms()
        text = "".join(page.get_textpage().get_text_bounded() for page in document)
        page = document[len(document) - 1]
        width, height = page.get_size()
        picture = page.render(scale=1, may_draw_forms=True).to_pil().convert("RGB")
        page.close()
    finally:
        document.close()
    assert (round(width), round(height)) == (595, 842)
    for words in (
        "社会保险参保证明",
        *RARE,
        facts.case_number,
        "办理贷款",
        "演示",
        "2026年11月24日",
    ):
        assert words in text
    red = sum(1 for r, g, b in picture.get_flattened_data() if r > 170 and g < 90 and b < 90)
    assert red > 1_000  # the ring, the star and the name


def test_the_same_facts_have_no_other_addresses_in_the_file(made: Any) -> None:
    _, _, _, pdf = made
    assert b"/URI" not in pdf
    assert b"file:" not in pdf


def test_a_document_without_template_or_record_is_an_error(made: Any) -> None:
    facts, document, keys, _ = made
    with pytest.raises(ProofError):
        sealed_proof(document.model_copy(update={"template": "none"}), facts, keys.seal)
    facts.resident.known, kept = (
        {**facts.resident.known, "social_insurance": None},
        facts.resident.known,
    )
    with pytest.raises(ProofError):
        sealed_proof(document, facts, keys.seal)
    facts.resident.known = kept
