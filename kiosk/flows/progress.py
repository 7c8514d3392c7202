# SPDX-License-Identifier: Apache-2.0
"""How a case is looked up: as the resident, or by the code of a slip, which opens nothing but the state."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from drivers.core import Role
from kiosk.catalogue.readiness import Reason
from kiosk.flows import asks
from kiosk.flows.effects import AskPlatform, ReadSlipCode
from kiosk.flows.enquiries import CaseOfSlip
from kiosk.flows.events import DeviceChanged, Event, Failed, PlatformAnswered, Reply, SlipCodeRead
from kiosk.flows.identity_ways import CODE, is_fitted, obstacle
from kiosk.flows.sentences import button, code_words, date_words, moment_words, tell
from kiosk.flows.services import home_page, log_in_for, needs_log_in
from kiosk.flows.state import CASES, HOME, PROGRESS, SLIP, Stage, State, Turn, act_of
from kiosk.flows.views import Action, Body, Choices, Option, Record, Row, Tone
from kiosk.protocol.services import SlipState

_FORM = "hall24/1"
_OTHER = "slip_code.other"
_APPOINTMENT = "slip_code.appointment"
TONES = {
    "received": Tone.QUIET,
    "in_review": Tone.QUIET,
    "approved": Tone.GOOD,
    "refused": Tone.WARNING,
    "supplement": Tone.WARNING,
}
"""How a state of a case is meant."""


def enter(state: State) -> Turn:
    """Who is known already, or has no other way, sees the own cases at once."""
    if state.session.person.grant is not None or not is_fitted(state, CODE):
        return log_in_for(state, CASES), ()
    return state, ()


def render(state: State) -> Body:
    """Show the two ways to look."""
    return Choices(
        heading=tell(state, "progress.heading"),
        help=tell(state, "progress.help"),
        options=(
            _way(state, "person", "person", needs_log_in(state)),
            _way(state, "slip", "qr", _scanner_trouble(state)),
        ),
        actions=(button(state, "home", icon="home"),),
    )


def react(state: State, event: Event) -> Turn:
    """Log in, or go on to the slip."""
    match act_of(event):
        case "choose:person" if needs_log_in(state) is None:
            return log_in_for(state, CASES), ()
        case "choose:slip" if _scanner_trouble(state) is None:
            return state.at(SLIP), ()
        case "home":
            return state.at(HOME), ()
        case _:
            return state, ()


def _way(state: State, id_: str, icon: str, lacking: Reason | None) -> Option:
    return Option(
        id=id_,
        label=tell(state, f"progress.{id_}"),
        detail=tell(state, f"progress.{id_}.help"),
        icon=icon,
        status=code_words(state, lacking.code, lacking.about) if lacking else "",
        tone=Tone.WARNING if lacking else Tone.QUIET,
        available=lacking is None,
    )


def _scanner_trouble(state: State) -> Reason | None:
    lacking = obstacle(state.session_with(item=None), CODE)
    return lacking if lacking.code else None


# --- the slip -----------------------------------------------------------------------------------


def begin(state: State) -> Turn:
    """Let the scanner wait for a slip."""
    if _waits(state) or _scanner_trouble(state) is not None:
        return state, ()
    state = state.cases_with(slip=None, slip_trouble="")
    return state, (ReadSlipCode(state.session.number, state.settings.card_deadline_s),)


def render_slip(state: State) -> Body:
    """Show where to hold the slip; then where its case stands, and nothing else of it."""
    slip = state.session.cases.slip
    if slip is not None:
        return _slip_record(state, slip)
    checking = asks.is_open(state, "AskPlatform", CaseOfSlip.__name__)
    lacking = _scanner_trouble(state)
    trouble = code_words(state, lacking.code, lacking.about) if lacking else _trouble_words(state)
    return Choices(
        heading=tell(state, "slip_scan.checking" if checking else "slip_scan.heading"),
        help=tell(state, "slip_scan.help"),
        options=(),
        notice=trouble,
        notice_tone=Tone.WARNING,
        lit_slot=Role.CODE_SCANNER.value if _waits(state) else "",
        actions=_slip_actions(state),
    )


def react_slip(state: State, event: Event) -> Turn:
    """Read again, look as the resident, or leave."""
    if isinstance(event, DeviceChanged) and event.role == Role.CODE_SCANNER:
        idle = state.session.cases.slip is None and not state.session.cases.slip_trouble
        return begin(state) if idle and not _asking(state) else (state, ())
    match act_of(event):
        case "again" if not _asking(state):
            return begin(state)
        case "person" if needs_log_in(state) is None:
            return log_in_for(state, CASES), ()
        case "home":
            return state.at(HOME), ()
        case _:
            return state, ()


def answered(state: State, reply: Reply) -> Turn:
    """Take in what the scanner saw and what the platform says of it."""
    match reply:
        case SlipCodeRead(text=text):
            return _looked_up(state, text)
        case PlatformAnswered(answer=SlipState() as slip):
            return state.cases_with(slip=slip, slip_trouble=""), ()
        case Failed(code=code):
            return state.cases_with(slip_trouble=code), ()
        case _:
            return state, ()


def slip_facts(text: str) -> CaseOfSlip | None:
    """Return what a slip's code says; ``None`` for any other code."""
    words = text.split()
    if len(words) != len(("form", "number", "submission")) or words[0] != _FORM:
        return None
    try:
        return CaseOfSlip(words[1][:40], UUID(words[2]))
    except ValueError:
        return None


def _looked_up(state: State, text: str) -> Turn:
    question = slip_facts(text)
    if question is None:
        ours = text.startswith(f"{_FORM} ") and text.endswith(" appointment")
        return state.cases_with(slip_trouble=_APPOINTMENT if ours else _OTHER), ()
    return state, (AskPlatform(state.session.number, question),)


def _waits(state: State) -> bool:
    return asks.is_open(state, "ReadSlipCode")


def _asking(state: State) -> bool:
    return _waits(state) or asks.is_open(state, "AskPlatform", CaseOfSlip.__name__)


def _trouble_words(state: State) -> str:
    code = state.session.cases.slip_trouble
    return code_words(state, code, Role.CODE_SCANNER) if code else ""


def _slip_actions(state: State) -> tuple[Action, ...]:
    again = state.session.cases.slip is not None or bool(state.session.cases.slip_trouble)
    ticket = (button(state, "ticket", icon="flag"),) if state.session.cases.slip_trouble else ()
    person = button(
        state, "person", "slip_person", icon="person", enabled=needs_log_in(state) is None
    )
    return (*ticket, person, *((button(state, "again", "slip_again", icon="qr"),) if again else ()))


def _slip_record(state: State, slip: SlipState) -> Record:
    wanted = slip.wanted and slip.state not in ("approved", "refused")
    how = "supplement" if wanted else slip.state
    return Record(
        heading=tell(state, f"case.{how}.heading"),
        tone=Tone.WARNING if wanted else TONES[slip.state],
        number_label=tell(state, "receipt.case_number"),
        number=slip.number,
        facts=(
            Row(tell(state, "receipt.time"), moment_words(state, slip.received_at.timestamp())),
            *due_row(state, slip.promised_date, slip.state),
        ),
        next_steps=next_words(state, how, slip.promised_date, results=slip.results),
        actions=_slip_actions(state),
    )


# --- words of a case that both ways share -------------------------------------------------------


def due_row(state: State, promised: date | None, how: str) -> tuple[Row, ...]:
    """Say by when it will be decided, while it is not."""
    if promised is None or how in ("approved", "refused"):
        return ()
    words = tell(state, "receipt.before", day=date_words(state, promised))
    return (Row(tell(state, "receipt.promised"), words),)


def next_words(state: State, how: str, promised: date | None, *, results: bool) -> tuple[str, ...]:
    """Say what happens next, and by when."""
    if how in ("received", "in_review") and promised is not None:
        overdue = promised < today(state)
        day = date_words(state, promised)
        return (tell(state, "case.in_review.overdue" if overdue else "case.in_review.by", day=day),)
    if how == "approved" and results:
        return (tell(state, "case.approved.take"),)
    return (tell(state, f"case.{how}.next"),)


def today(state: State) -> date:
    """Return the day in the hall."""
    return datetime.fromtimestamp(state.wall, state.settings.zone).date()


STAGE = Stage("progress", render, react, enter, back=home_page)


def _slip_back(state: State) -> State:
    return state.at(PROGRESS)


SLIP_STAGE = Stage("slip", render_slip, react_slip, begin, back=_slip_back)
