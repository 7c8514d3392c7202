# SPDX-License-Identifier: Apache-2.0
"""Which items are used and which fail, and the monthly report: a page, a file for office programs, a PDF."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from central_platform.api.access import Platform
from central_platform.console.access import console
from central_platform.console.errors import ConsoleError
from central_platform.console.pages import page, rendered, words_for
from central_platform.console.sessions import Visitor
from central_platform.console.words import Words
from central_platform.context import PlatformContext
from central_platform.html_pages import pdf_of
from central_platform.operations.item_figures import counted, total
from central_platform.operations.monthly_report import (
    FIGURES,
    Month,
    MonthlyReport,
    NoSuchMonthError,
    ReportRow,
    as_csv,
    monthly_report,
)
from central_platform.staff_acts import note_act

router = APIRouter()

Looks = Annotated[Visitor, console("operator", "auditor")]
Reads = Annotated[Visitor, console("host", "operator", "auditor")]
Asked = Annotated[str, Query(alias="month", max_length=7)]
_PERIODS = (7, 30, 90)
_ON_PAPER = 100
"""Terminals in a PDF: those that stood still longest; the other file has them all."""


@router.get("/items")
def items_page(
    request: Request, visitor: Looks, platform: Platform, days: Literal["7", "30", "90"] = "30"
) -> Response:
    """Show what is used, what fails, what nobody uses."""
    del visitor
    now = platform.now()
    with platform.database.read() as session:
        rows = counted(session, now - timedelta(days=int(days)), now, platform.today())
    figures = [
        (item, total(row for row in rows if row.item == item.code))
        for item in platform.published.catalogue.items
    ]
    used = [each for each in figures if each[1].applications or each[1].tickets]
    return page(
        request,
        "items",
        days=int(days),
        periods=_PERIODS,
        failing=sorted(
            (each for each in used if each[1].fails),
            key=lambda each: -(each[1].trouble + each[1].tickets) / each[1].applications,
        ),
        used=sorted(used, key=lambda each: -each[1].applications),
        unused=[item for item, sums in figures if not sums.applications],
    )


@router.get("/report")
def report_page(
    request: Request, visitor: Reads, platform: Platform, asked: Asked = ""
) -> Response:
    """Show the report of a month; the last whole one where none is named."""
    report = _report(visitor, platform, asked)
    return page(request, "report", report=report, months=_months(platform), columns=FIGURES)


@router.get("/report.csv")
def report_file(
    request: Request, visitor: Reads, platform: Platform, asked: Asked = ""
) -> Response:
    """Give the report as a file for office programs."""
    report = _report(visitor, platform, asked)
    words = words_for(request)
    heads = {
        key: words(f"report.{key}") for key in ("level", "code", "name", "down_hours", *FIGURES)
    } | {
        level: words(f"report.{level}") for level in ("whole", "terminal", "host", "item", "unused")
    }

    def naming(level: str, row: ReportRow) -> str:
        return words.nearest("host", row.code) if level == "host" else words.text(row.name)

    _note(platform, visitor, f"csv {report.month.text}")
    return _file(as_csv(report, heads, naming), report, "csv", "text/csv; charset=utf-8")


@router.get("/report.pdf")
def report_paper(
    request: Request, visitor: Reads, platform: Platform, asked: Asked = ""
) -> Response:
    """Give the report as a PDF."""
    report = _report(visitor, platform, asked)
    words: Words = words_for(request)
    worst = sorted(report.terminals, key=lambda row: row.down or timedelta(0), reverse=True)
    paper = replace(report, terminals=worst[:_ON_PAPER]) if len(worst) > _ON_PAPER else report
    html = rendered(
        "report-paper",
        words,
        report=paper,
        left_out=len(report.terminals) - len(paper.terminals),
        columns=FIGURES,
        visitor=visitor,
    )
    _note(platform, visitor, f"pdf {report.month.text}")
    return _file(pdf_of(html), report, "pdf", "application/pdf")


def _report(visitor: Visitor, platform: PlatformContext, asked: str) -> MonthlyReport:
    try:
        month = Month.of(asked, platform.today())
    except NoSuchMonthError:
        raise ConsoleError(422, "request") from None
    with platform.database.read() as session:
        return monthly_report(session, platform, month, visitor.only)


def _months(platform: PlatformContext) -> list[str]:
    """Return the last twelve months, today's first."""
    first = platform.today().replace(day=1)
    months = []
    for _ in range(12):
        months.append(f"{first:%Y-%m}")
        first = (first - timedelta(days=1)).replace(day=1)
    return months


def _note(platform: PlatformContext, visitor: Visitor, detail: str) -> None:
    with platform.database.write() as session:
        note_act(
            session,
            "report_taken",
            by=visitor.member.name,
            role=visitor.role,
            now=platform.now(),
            detail=detail,
        )


def _file(content: bytes, report: MonthlyReport, kind: str, media_type: str) -> Response:
    name = f"hall24-{report.month.text}.{kind}"
    return Response(
        content,
        media_type=media_type,
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )
