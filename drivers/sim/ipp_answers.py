# SPDX-License-Identifier: Apache-2.0
"""What the simulated A4 printer answers to each IPP operation, from how its inside is."""

from __future__ import annotations

from typing import Final

from drivers.page_printer.ipp_message import (
    Attribute,
    Code,
    Operation,
    PrinterState,
    Question,
    Tag,
    response,
)
from drivers.sim.ipp_machine import A4, CAPACITY, LETTER, PrinterMachine, SimulatedJob, Stop

Group = tuple[Tag, list[Attribute]]

_OPERATIONS: Final = (
    Operation.PRINT_JOB,
    Operation.VALIDATE_JOB,
    Operation.CANCEL_JOB,
    Operation.GET_JOB_ATTRIBUTES,
    Operation.GET_JOBS,
    Operation.GET_PRINTER_ATTRIBUTES,
    Operation.PAUSE_PRINTER,
    Operation.RESUME_PRINTER,
)
_MEDIA_COL: Final = (
    "media-size",
    "media-type",
    "media-bottom-margin",
    "media-left-margin",
    "media-right-margin",
    "media-top-margin",
)
_A4_SIZE: Final = (21000, 29700)
"""Hundredths of a millimetre, as ``x-dimension`` and ``y-dimension`` have it (PWG 5100.7)."""
_NEARLY: Final = 50
"""The same: CUPS reckons in points and is some hundredths off."""


def _by_size(question: Question) -> str:
    """Return the paper that is named by its size, as CUPS does it; empty when none is."""
    told = question.attributes.get("media-col", ())
    sizes = [value for value in told if isinstance(value, int)]
    fits = all(any(abs(size - wanted) <= _NEARLY for size in sizes) for wanted in _A4_SIZE)
    return A4 if fits else ""


class IppAnswers:
    """What the printer answers to each operation."""

    def __init__(self, machine: PrinterMachine, uri: str) -> None:
        self._machine = machine
        self._uri = uri

    def answer(self, question: Question) -> bytes:
        """Carry an operation out and encode the answer."""
        code, groups = self._carry_out(question)
        wanted = set(map(str, question.attributes.get("requested-attributes", ("all",))))
        if "all" not in wanted and not wanted & {"printer-description", "job-template"}:
            groups = [
                (tag, [each for each in attributes if each[1] in wanted or each[1] == "job-id"])
                for tag, attributes in groups
            ]
        return response(code, question.request_id, groups)

    def _carry_out(self, question: Question) -> tuple[Code, list[Group]]:
        machine = self._machine
        match question.operation:
            case Operation.GET_PRINTER_ATTRIBUTES:
                return Code.OK, [(Tag.PRINTER, self._printer())]
            case Operation.PRINT_JOB | Operation.VALIDATE_JOB:
                return self._print(question)
            case Operation.GET_JOBS:
                return Code.OK, [(Tag.JOB, self._job(job)) for job in machine.jobs()]
            case Operation.GET_JOB_ATTRIBUTES | Operation.CANCEL_JOB:
                return self._about_a_job(question)
            case Operation.PAUSE_PRINTER | Operation.RESUME_PRINTER:
                machine.set_stop(Stop.PAUSED, on=question.operation == Operation.PAUSE_PRINTER)
                return Code.OK, []
        return Code.OPERATION_NOT_SUPPORTED, []

    def _about_a_job(self, question: Question) -> tuple[Code, list[Group]]:
        job = self._machine.job(question.number("job-id"))
        if job is None:
            return Code.NOT_FOUND, []
        if question.operation == Operation.GET_JOB_ATTRIBUTES:
            return Code.OK, [(Tag.JOB, self._job(job))]
        return (Code.OK if self._machine.cancel(job.number) else Code.NOT_POSSIBLE), []

    def _print(self, question: Question) -> tuple[Code, list[Group]]:
        machine = self._machine
        if not machine.accepts:
            return Code.NOT_ACCEPTING_JOBS, []
        media = question.text("media") or _by_size(question)
        if media not in {"", A4, LETTER}:
            unsupported: list[Attribute] = [(Tag.KEYWORD, "media", media)]
            return Code.ATTRIBUTES_NOT_SUPPORTED, [(Tag.UNSUPPORTED, unsupported)]
        kind = question.text("document-format")
        if kind not in {"", "application/pdf", "application/octet-stream"}:
            return Code.DOCUMENT_FORMAT_NOT_SUPPORTED, []
        if question.operation == Operation.VALIDATE_JOB:
            return Code.OK, []
        job = machine.take(
            question.text("job-name"),
            question.document,
            copies=max(1, question.number("copies", 1)),
            media=media or LETTER,
        )
        return Code.OK, [(Tag.JOB, self._job(job))]

    def _job(self, job: SimulatedJob) -> list[Attribute]:
        return [
            (Tag.INTEGER, "job-id", job.number),
            (Tag.URI, "job-uri", f"{self._uri}/{job.number}"),
            (Tag.ENUM, "job-state", job.state),
            *((Tag.KEYWORD, "job-state-reasons", reason) for reason in job.reasons),
            (Tag.NAME, "job-name", job.name),
            (Tag.NAME, "job-originating-user-name", "hall24"),
            (Tag.INTEGER, "job-impressions", job.sides),
            (Tag.INTEGER, "job-impressions-completed", job.done),
            (Tag.INTEGER, "job-media-sheets-completed", job.done),
            (
                (Tag.NO_VALUE, "time-at-processing", 0)
                if job.begun_at is None
                else (Tag.INTEGER, "time-at-processing", job.begun_at)
            ),
        ]

    def _printer(self) -> list[Attribute]:
        machine = self._machine
        reasons: tuple[str, ...] = (*sorted(machine.stops()), *machine.warnings())
        ready = machine.media if machine.sheets else ""
        tray = f"type=sheetFeedAutoRemovableTray;maxcapacity={CAPACITY};level={machine.sheets};name=main;"
        toner = (
            f"index=1;type=toner;maxcapacity=100;level={round(machine.toner)};colorantname=black;"
        )
        keywords: list[Attribute] = [
            *((Tag.KEYWORD, "printer-state-reasons", reason) for reason in reasons or ("none",)),
            *((Tag.KEYWORD, "ipp-versions-supported", each) for each in ("1.1", "2.0")),
            *((Tag.KEYWORD, "media-supported", each) for each in (A4, LETTER)),
            (Tag.KEYWORD, "media-default", LETTER),
            *((Tag.KEYWORD, "media-col-supported", each) for each in _MEDIA_COL),
            (Tag.KEYWORD, "media-ready", ready) if ready else (Tag.NO_VALUE, "media-ready", 0),
            (Tag.KEYWORD, "compression-supported", "none"),
            (Tag.KEYWORD, "pdl-override-supported", "attempted"),
            (Tag.KEYWORD, "uri-authentication-supported", "none"),
            (Tag.KEYWORD, "uri-security-supported", "none"),
        ]
        return [
            (Tag.URI, "printer-uri-supported", self._uri),
            (Tag.NAME, "printer-name", "hall24-a4"),
            (Tag.TEXT, "printer-make-and-model", "Hall24 simulated A4"),
            (Tag.TEXT, "printer-firmware-string-version", "1"),
            (Tag.URI, "printer-uuid", "urn:uuid:00000000-0000-4000-8000-000000000a40"),
            (Tag.ENUM, "printer-state", PrinterState(machine.state())),
            (Tag.BOOLEAN, "printer-is-accepting-jobs", machine.accepts),
            (Tag.INTEGER, "queued-job-count", sum(not job.is_over for job in machine.jobs())),
            (Tag.INTEGER, "printer-up-time", 1),
            (Tag.INTEGER, "printer-impressions-completed", machine.printed),
            (Tag.OCTETS, "printer-input-tray", tray),
            (Tag.OCTETS, "printer-supply", toner),
            *((Tag.ENUM, "operations-supported", each) for each in _OPERATIONS),
            *(
                (Tag.MIME, "document-format-supported", each)
                for each in ("application/pdf", "application/octet-stream")
            ),
            (Tag.MIME, "document-format-default", "application/octet-stream"),
            (Tag.CHARSET, "charset-configured", "utf-8"),
            (Tag.CHARSET, "charset-supported", "utf-8"),
            (Tag.LANGUAGE, "natural-language-configured", "en"),
            (Tag.LANGUAGE, "generated-natural-language-supported", "en"),
            *keywords,
        ]
