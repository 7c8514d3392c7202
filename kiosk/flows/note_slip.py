# SPDX-License-Identifier: Apache-2.0
"""The slip of a service: of a report, of an appointment. Offered, printed, done, not done, or not known.

Its own way beside :mod:`kiosk.flows.papers`: the slip of a matter may still stand on that matter's page.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from drivers.core import Receipt, Role
from kiosk.catalogue.readiness import paper_trouble
from kiosk.flows.effects import PrintSlip, RecordStep
from kiosk.flows.events import Failed, Printed, Reply
from kiosk.flows.papers import SLIP, STAGES, print_guess
from kiosk.flows.sentences import button, code_words, tell
from kiosk.flows.state import Paper, State, Turn
from kiosk.flows.views import Action, PaperState, Tone

_TONES = {"done": Tone.GOOD, "not_done": Tone.WRONG, "unknown": Tone.WARNING}


@dataclass(frozen=True, slots=True)
class Slip:
    """What stands on it."""

    title: str
    rows: tuple[tuple[str, str], ...] = field(repr=False)
    notes: tuple[str, ...]
    number: str = ""
    qr: str = field(default="", repr=False)


def offer(state: State) -> State:
    """Offer a slip anew."""
    return state.session_with(note_slip=Paper("offered"))


def shown(state: State) -> tuple[PaperState, ...]:
    """Return where the slip is on its way, in words; nothing before one is offered."""
    paper = state.session.note_slip
    if paper is None:
        return ()
    trouble = _trouble(state)
    if paper.stage in ("offered", "not_done") and trouble:
        why = code_words(state, trouble, Role.RECEIPT_PRINTER.value)
        words, tone = tell(state, "paper.slip_impossible", reason=why), Tone.WARNING
    else:
        words, tone = tell(state, f"paper.slip.{paper.stage}"), _TONES.get(paper.stage, Tone.QUIET)
    stage = "none" if paper.stage == "declined" else paper.stage
    return (PaperState(tell(state, "paper.slip"), stage, words, tone),)  # type: ignore[arg-type]  # a stage's name


def buttons(state: State) -> tuple[Action, ...]:
    """Return what can be done with the slip now."""
    paper = state.session.note_slip
    if paper is None or (printing_elsewhere(state) and paper.stage != "unknown"):
        return ()
    if paper.stage == "unknown":
        return (
            button(state, "slip_no", icon="close"),
            button(state, "slip_yes", icon="check", primary=True),
        )
    if paper.stage in ("offered", "not_done") and not _trouble(state):
        return (button(state, "slip_print", icon="printer", primary=True),)
    return ()


def act(state: State, choice: str, slip: Slip) -> Turn:
    """Do what a button of the slip says; one that is not offered does nothing."""
    if choice not in {action.id for action in buttons(state)}:
        return state, ()
    match choice:
        case "slip_print":
            receipt = Receipt(
                title=slip.title,
                rows=slip.rows,
                notes=slip.notes,
                qr=slip.qr or None,
                number=slip.number,
            )
            state = state.session_with(note_slip=Paper("printing"))
            return state, (PrintSlip(state.session.number, receipt),)
        case "slip_yes":
            return state.session_with(note_slip=Paper("done")), ()
        case _:
            return state.session_with(note_slip=Paper("not_done")), ()


def answered(state: State, reply: Reply) -> Turn:
    """Take in how printing ended."""
    paper = state.session.note_slip
    if paper is None:
        return state, ()
    match reply:
        case Printed(outcome=outcome):
            result, code = outcome.result, outcome.code
        case Failed(code=code):
            result = print_guess(code)
        case _:
            return state, ()
    stage = STAGES[result]
    state = state.session_with(note_slip=replace(paper, stage=stage, code=code))
    return state, (RecordStep(state.session.number, f"print.{SLIP}.{stage}", "", code),)


def printing(state: State) -> bool:
    """Tell whether the slip is being printed."""
    paper = state.session.note_slip
    return paper is not None and paper.stage == "printing"


def printing_elsewhere(state: State) -> bool:
    """Tell whether the slip of a matter is on its way: the next answer is about that one."""
    paper = state.session.matter.papers.get(SLIP)
    return paper is not None and paper.stage == "printing"


def lit(state: State) -> str:
    """Return the place to light."""
    return Role.RECEIPT_PRINTER.value if printing(state) else ""


def _trouble(state: State) -> str:
    trouble = paper_trouble(state.machine.statuses.get(Role.RECEIPT_PRINTER))
    return trouble.code if trouble else ""
