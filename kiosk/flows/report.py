# SPDX-License-Identifier: Apache-2.0
"""办不成事反映: two touches from any page. What happened stands there already, a telephone number is a choice.

The report is a sealed submission like any other: kept first, numbered, delivered when the link allows. The
same report again in one visit is the first one; across visits the platform links what is the same matter.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date

from drivers.core import Role
from kiosk.flows import note_slip
from kiosk.flows.attract import duty_phone
from kiosk.flows.effects import RecordStep
from kiosk.flows.events import Delivered, Event, Failed, Finalized, Reply, Touch
from kiosk.flows.identity_ways import chosen
from kiosk.flows.intents import Answer, Edit
from kiosk.flows.known import clean
from kiosk.flows.opening import open_item
from kiosk.flows.sentences import both, button, code_words, date_words, moment_words, tell, text
from kiosk.flows.service_state import Report
from kiosk.flows.state import (
    ATTRACT,
    GOODBYE,
    HOME,
    RECEIPT,
    REPORT,
    WORKING,
    Stage,
    State,
    Turn,
    act_of,
)
from kiosk.flows.submission import ticket
from kiosk.flows.views import (
    Action,
    Body,
    FieldView,
    FormPage,
    Record,
    Row,
    Tone,
    Working,
    WorkStep,
)
from kiosk.protocol.catalogue import ServiceItem
from kiosk.session.masking import group_phone

ASKED = "resident.asked"
"""The code of a report that no trouble led to."""
_PHONE = re.compile(r"1[0-9]{10}")
_OUTSIDE = ("attract", "home", "services", "progress", "slip", "cases", "booking", "appointments")
"""Pages that belong to no matter, whatever was done before."""
_LONGEST_WORDS = 200
_PHONE_KEY, _WORDS_KEY = "phone", "words"


def may_open(state: State) -> bool:
    """Tell whether something can be reported now: not while a submission is on its way to the disk."""
    place = state.session.place
    sending = place == WORKING and state.session.trouble is None
    return place.stage not in (REPORT.stage, "closing") and not sending


def open_report(state: State) -> Turn:
    """Go to the report of what stands on the glass; what was reported already is shown with its number."""
    if not may_open(state):
        return state, ()
    session = state.session
    code, device = _what(state)
    report = Report(
        step=session.place.stage,
        code=code or ASKED,
        device=device,
        item=session.item.code if session.item and session.place.stage not in _OUTSIDE else "",
        back=session.place,
        trouble=session.trouble,
    )
    before = session.report
    same = before is not None and before.kept and before.matter == report.matter
    if same and before is not None:
        report = before.returning_to(session.place, session.trouble)
    state = state.session_with(report=report, trouble=None, dialog="", idle_since=None)
    if not same:
        state = state.session_with(note_slip=None)
    record = RecordStep(session.number, "ticket.asked", report.item, report.code)
    return state.at(REPORT), (record,)


def render(state: State) -> Body:
    """Show what will be sent; then the number."""
    report = state.session.report
    if report is None:
        return Working(heading=tell(state, "report.heading"), help="", steps=())
    match report.phase:
        case "open":
            return _form(state, report)
        case "sending":
            return Working(
                heading=tell(state, "report.sending"),
                help=tell(state, "working.help"),
                steps=(WorkStep(tell(state, "working.keep"), "now"),),
            )
        case "failed":
            return _not_kept(state, report)
        case _:
            return _kept(state, report)


def react(state: State, event: Event) -> Turn:  # noqa: PLR0911 - one return a case
    """Type a number or words, send it, print its slip, go back to where it came from."""
    report = state.session.report
    if report is None:
        return state.at(HOME), ()
    if isinstance(event, Touch) and report.phase == "open":
        match event.intent:
            case Edit(key=key):
                editing = key if key in (_PHONE_KEY, _WORDS_KEY) else ""
                return _with(state, editing=editing), ()
            case Answer(key=key, value=value):
                return _typed(state, key, clean(value)), ()
            case _:
                pass
    choice = act_of(event)
    match choice:
        case "send_report" if report.phase in ("open", "failed"):
            return _send(state, report)
        case "resume":
            return back(state), ()
        case "hotline" if report.phase == "open" and _hotline(state) is not None:
            item = _hotline(state)
            return (open_item(state, item) if item else state), ()
        case "leave_page" if report.kept:
            return state.at(GOODBYE), ()
        case _:
            return note_slip.act(state, choice, _slip(state)) if report.kept else (state, ())


def answered(state: State, reply: Reply) -> Turn:
    """Take in that it is kept, delivered, or not kept."""
    report = state.session.report
    if report is None:
        return state, ()
    match reply:
        case Finalized(submission=submission, receipt=receipt):
            kept = _with(
                state, phase="kept", submission=submission, receipt=receipt, kept_wall=state.wall
            )
            return note_slip.offer(kept), (_record(state, "ticket.durable"),)
        case Delivered(submission=submission) if submission == report.submission:
            return _with(state, delivered=True, note=reply.note, due=reply.promised_date or ""), ()
        case Failed(what="Submit", code=code):
            return _with(state, phase="failed", failed_code=code), (
                _record(state, "ticket.failed", code),
            )
        case _:
            return state, ()


def is_about(state: State, reply: Reply) -> bool:
    """Tell whether an answer of store or platform belongs to the report."""
    report = state.session.report
    match reply:
        case Finalized(kind="ticket") | Failed(what="Submit", about="ticket"):
            return True
        case Delivered(submission=submission):
            return report is not None and submission == report.submission
        case _:
            return False


def back(state: State) -> State:
    """Return to the page that the report came from, as it was."""
    report = state.session.report
    if report is None:
        return state.at(HOME)
    if report.back == ATTRACT:
        return state.session_with(ending="finished")
    if report.back == WORKING and state.session.matter.submission is not None:
        # The number came meanwhile: that is the better news.
        return state.at(RECEIPT)
    return state.session_with(trouble=report.trouble).at(report.back)


def _what(state: State) -> tuple[str, str]:
    """Return the code of what went wrong on this page, and the device it speaks of."""
    session = state.session
    if session.trouble is not None:
        return session.trouble.code, ""
    if session.identity_trouble and session.place.stage == "identity":
        way = chosen(state)
        return session.identity_trouble, way.role.value if way else ""
    if session.place.stage == "slip" and session.cases.slip_trouble:
        return session.cases.slip_trouble, Role.CODE_SCANNER.value
    if session.place.stage == "materials" and session.draft.material_trouble[1]:
        return session.draft.material_trouble[1], Role.DOCUMENT_SCANNER.value
    for name, paper in session.matter.papers.items():
        if paper.code and session.place.stage in ("receipt", "case"):
            slip = name == "slip"
            return paper.code, (Role.RECEIPT_PRINTER if slip else Role.PAGE_PRINTER).value
    return "", ""


def _with(state: State, **changes: object) -> State:
    report = state.session.report
    return state.session_with(report=report.changed(**changes) if report else None)


def _typed(state: State, key: str, value: str) -> State:
    if key == _PHONE_KEY:
        digits = re.sub(r"\D", "", value)[:11]
        return _with(state, phone=digits, complained=False)
    return _with(state, words=value[:_LONGEST_WORDS]) if key == _WORDS_KEY else state


def _phone_wrong(report: Report) -> bool:
    return bool(report.phone) and not _PHONE.fullmatch(report.phone)


def _send(state: State, report: Report) -> Turn:
    if _phone_wrong(report):
        return _with(state, phase="open", complained=True, editing=""), ()
    state = _with(state, phase="sending", editing="", failed_code="")
    return state, (ticket(state, report),)


def _form(state: State, report: Report) -> FormPage:
    wrong = report.complained and _phone_wrong(report)
    facts = (
        _fact("what", tell(state, "report.what"), _what_words(state, report)),
        _fact("item", tell(state, "receipt.item"), _item_words(state, report)),
    )
    phone = replace(
        _fact(_PHONE_KEY, tell(state, "report.phone"), group_phone(report.phone)),
        widget="phone",
        value=report.phone,
        locked=False,
        help=tell(state, "report.phone.help"),
        example="13800000000",
        error=tell(state, "report.phone.wrong") if wrong else "",
        required=False,
        editing=report.editing == _PHONE_KEY,
    )
    words = replace(
        _fact(_WORDS_KEY, tell(state, "report.words"), report.words),
        widget="multiline",
        locked=False,
        required=False,
        editing=report.editing == _WORDS_KEY,
    )
    return FormPage(
        heading=tell(state, "report.heading"),
        help=tell(state, "report.help"),
        fields=(*(fact for fact in facts if fact.shown), phone, words),
        page=0,
        pages=1,
        actions=(
            *((button(state, "hotline", icon="headset"),) if _hotline(state) else ()),
            button(state, "send_report", icon="send", primary=True),
        ),
    )


def _hotline(state: State) -> ServiceItem | None:
    """Return the item for requests and complaints to 12345, where it is offered and nothing else is under way."""
    report, catalogue = state.session.report, state.machine.catalogue
    under_way = report is None or bool(report.item) or report.back == ATTRACT
    return None if under_way or catalogue is None else catalogue.item("complaint-12345")


def _fact(key: str, label: str, value: str) -> FieldView:
    return FieldView(
        key=key,
        label=label,
        widget="text",
        value=value,
        shown=value,
        source="",
        locked=True,
        help="",
        example="",
        error="",
        required=True,
    )


def _what_words(state: State, report: Report) -> str:
    return (
        tell(state, "report.asked")
        if report.code == ASKED
        else (code_words(state, report.code, report.device))
    )


def _item_words(state: State, report: Report) -> str:
    catalogue = state.machine.catalogue
    item = catalogue.item(report.item) if catalogue and report.item else None
    return text(state, item.name if item else None)


def _facts(state: State, report: Report) -> tuple[Row, ...]:
    rows = [Row(tell(state, "report.what"), _what_words(state, report))]
    item = _item_words(state, report)
    if item:
        rows.append(Row(tell(state, "receipt.item"), item))
    if report.phone:
        rows.append(Row(tell(state, "report.phone"), group_phone(report.phone)))
    if report.note is not None:
        rows.append(Row(tell(state, "receipt.reason"), text(state, report.note)))
    rows.append(Row(tell(state, "receipt.time"), moment_words(state, report.kept_wall)))
    return tuple(rows)


def _next(state: State, report: Report) -> tuple[str, ...]:
    first = tell(state, "report.keep")
    if report.delivered and report.due:
        day = date_words(state, date.fromisoformat(report.due))
        first = tell(state, "report.due", day=day)
    second = "report.called" if report.phone else "report.ask"
    return first, tell(state, second, phone=duty_phone(state))


def _kept(state: State, report: Report) -> Record:
    return Record(
        heading=tell(state, "report.kept" if report.delivered else "report.kept_here"),
        tone=Tone.GOOD if report.delivered else Tone.WARNING,
        number_label=tell(state, "report.number"),
        number=report.receipt,
        facts=_facts(state, report),
        next_steps=_next(state, report),
        papers=note_slip.shown(state),
        lit_slot=note_slip.lit(state),
        actions=_kept_actions(state, report),
    )


def _kept_actions(state: State, report: Report) -> tuple[Action, ...]:
    offered = note_slip.buttons(state)
    lead = any(action.primary for action in offered)
    resume = () if report.back == ATTRACT else (button(state, "resume", icon="back"),)
    done = button(
        state,
        "leave_page",
        "finish",
        icon="next",
        primary=not lead,
        enabled=not note_slip.printing(state),
    )
    return (*resume, *offered, done)


def _not_kept(state: State, report: Report) -> Record:
    """Nothing could be kept: the telephone is the way on, and its number stands there huge."""
    return Record(
        heading=tell(state, "ticket.failed"),
        tone=Tone.WRONG,
        number_label=tell(state, "help.duty"),
        number=duty_phone(state),
        facts=(Row(tell(state, "report.why"), code_words(state, report.failed_code)),),
        actions=(
            button(state, "resume", icon="back"),
            button(state, "send_report", "again", icon="retry", primary=True),
        ),
    )


def _slip(state: State) -> note_slip.Slip:
    report = state.session.report
    if report is None:
        return note_slip.Slip("", (), ())
    rows = [
        (both(state, "report.what"), _what_words(state, report)),
        (both(state, "slip.time"), moment_words(state, report.kept_wall)),
    ]
    item = _item_words(state, report)
    if item:
        rows.insert(0, (both(state, "slip.item"), item))
    if report.note is not None:
        rows.append((both(state, "receipt.reason"), text(state, report.note)))
    notes = (
        both(state, "report.slip_due" if report.delivered else "slip.note.provisional"),
        both(state, "slip.note.delivered"),
    )
    return note_slip.Slip(
        title=both(state, "report.slip_title"),
        rows=tuple(rows),
        notes=notes,
        number=report.receipt,
    )


def _record(state: State, event: str, code: str = "") -> RecordStep:
    report = state.session.report
    return RecordStep(
        state.session.number,
        event,
        report.item if report else "",
        code,
        str(report.submission) if report and report.submission else "",
    )


STAGE = Stage("report", render, react, back=back)
