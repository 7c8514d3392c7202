# SPDX-License-Identifier: Apache-2.0
"""The end of the matter: the number, what is true of it, what happens next, the papers."""

from __future__ import annotations

from datetime import date

from kiosk.flows import papers, practice
from kiosk.flows.asks import is_open
from kiosk.flows.events import Event
from kiosk.flows.papers import SLIP, choices, outstanding, printer_trouble, role_of
from kiosk.flows.sentences import button, code_words, date_words, moment_words, tell, text
from kiosk.flows.slip import number_of, qr_of
from kiosk.flows.state import RATING, Paper, Stage, State, Turn, act_of
from kiosk.flows.views import Action, Body, PaperState, ReceiptPage, Row, Tone

_ICONS = {
    "print": "printer",
    "skip": "skip",
    "yes": "check",
    "no": "close",
    "handover": "mobile",
    "fetch": "retry",
}
_SHOWN_AS = {"declined": "none", "fetching": "none"}
_TONES = {
    "done": Tone.GOOD,
    "not_done": Tone.WRONG,
    "unknown": Tone.WARNING,
}


def render(state: State) -> Body:
    """Show the number huge, and nothing that is not known."""
    if state.session.practice:
        return practice.done_page(state)
    matter = state.session.matter
    handover = matter.handover
    return ReceiptPage(
        heading=tell(state, f"receipt.{_how(state)}.heading"),
        tone=_tone(state),
        number_label=tell(
            state, "receipt.case_number" if matter.delivered else "receipt.local_number"
        ),
        number=number_of(state),
        provisional=not matter.delivered,
        facts=_facts(state),
        next_steps=_next_steps(state),
        qr=handover or qr_of(state),
        qr_help=tell(state, "receipt.qr_result" if handover else "receipt.qr_number"),
        papers=tuple(
            paper_state(state, code, paper)
            for code, paper in reversed(tuple(matter.papers.items()))
        ),
        answer=_answer(state),
        lit_slot=next(
            (
                role_of(code).value
                for code, paper in matter.papers.items()
                if paper.stage == "printing"
            ),
            "",
        ),
        actions=_actions(state),
    )


def react(state: State, event: Event) -> Turn:
    """Do something with a paper, or go on; a result that is not in hand is asked about first."""
    if state.session.practice:
        return practice.react(state, event)
    choice = act_of(event)
    if choice == "next":
        if _printing(state):
            return state, ()
        if outstanding(state):
            return state.session_with(dialog="skip_print"), ()
        return state.at(RATING), ()
    return papers.act(state, choice) if choice else (state, ())


def _how(state: State) -> str:
    """Return in which of its states the matter is, the stem of its words."""
    matter = state.session.matter
    if not matter.delivered:
        return "provisional"
    case = matter.case.state if matter.case else "received"
    return case if case in ("approved", "refused", "supplement") else "received"


def _tone(state: State) -> Tone:
    how = _how(state)
    return Tone.GOOD if how in ("received", "approved") else Tone.WARNING


def _facts(state: State) -> tuple[Row, ...]:
    matter = state.session.matter
    rows = [Row(tell(state, "receipt.item"), text(state, state.item.name))]
    if matter.promised_date and matter.delivered and _how(state) == "received":
        day = date_words(state, date.fromisoformat(matter.promised_date))
        rows.append(Row(tell(state, "receipt.promised"), tell(state, "receipt.before", day=day)))
    if matter.delivered and matter.case is not None and matter.case.reason is not None:
        rows.append(Row(tell(state, "receipt.reason"), text(state, matter.case.reason)))
    if matter.delivered and matter.receipt != number_of(state):
        rows.append(Row(tell(state, "receipt.local_number"), matter.receipt))
    rows.append(Row(tell(state, "receipt.department"), text(state, state.item.department)))
    rows.append(Row(tell(state, "receipt.time"), moment_words(state, matter.finalized_wall)))
    return tuple(rows)


def _answer(state: State) -> tuple[Row, ...]:
    case = state.session.matter.case
    if case is None or _how(state) != "approved":
        return ()
    return tuple(Row(text(state, line.label), text(state, line.value)) for line in case.answer)


def _next_steps(state: State) -> tuple[str, ...]:
    how = _how(state)
    steps = [tell(state, f"receipt.{how}.next")]
    if how == "provisional":
        steps.append(tell(state, "receipt.provisional.keep"))
        if state.item.results:
            steps.append(tell(state, "receipt.provisional.result"))
    elif how == "received":
        waiting = state.item.results and not is_open(state, "WatchCase")
        steps.append(tell(state, "receipt.received.later" if waiting else "receipt.received.call"))
    elif how == "approved" and not state.item.results:
        steps.append(text(state, state.item.guide.collect))
    return tuple(steps)


def paper_state(state: State, code: str, paper: Paper) -> PaperState:
    """Return where that paper is on its way, in words."""
    label = tell(state, "paper.slip") if code == SLIP else _title(state, code, paper)
    trouble = printer_trouble(state, code)
    if paper.stage in ("offered", "not_done") and code == SLIP and trouble:
        why = code_words(state, trouble, role_of(code).value)
        words = tell(state, "paper.slip_impossible", reason=why)
        return PaperState(
            label, "not_done" if paper.stage == "not_done" else "none", words, Tone.WARNING
        )
    return PaperState(
        label,
        _SHOWN_AS.get(paper.stage, paper.stage),  # type: ignore[arg-type]  # the literal's values
        _paper_words(state, code, paper),
        _TONES.get(paper.stage, Tone.QUIET),
    )


def _paper_words(state: State, code: str, paper: Paper) -> str:
    if paper.stage == "not_done":
        why = code_words(state, paper.code, role_of(code).value) if paper.code else ""
        if paper.result is None and code != SLIP:
            return why
        then = tell(state, "paper.slip.not_done") if code == SLIP else _phone_words(state)
        return tell(state, "paper.because", reason=why, then=then) if why else then
    kind = "slip" if code == SLIP else "result"
    return tell(state, f"paper.{kind}.{paper.stage}")


def _phone_words(state: State) -> str:
    matter = state.session.matter
    if matter.handover:
        return tell(state, "paper.by_phone")
    if is_open(state, "MakeHandover"):
        return tell(state, "paper.phone_coming")
    return tell(state, "paper.phone_failed" if matter.handover_code else "paper.result.not_done")


def _title(state: State, code: str, paper: Paper) -> str:
    known = next((result.title for result in state.item.results if result.code == code), None)
    return text(state, known) or paper.title


def paper_buttons(state: State) -> tuple[Action, ...]:
    """Return what can be done with the papers now; at most one of it is the main thing."""
    offered = choices(state)
    asking = [choice for choice in offered if choice.startswith("yes:")]
    lead = (
        asking[0] if asking else next((each for each in offered if each.startswith("print:")), "")
    )
    return tuple(
        button(
            state,
            choice,
            f"paper.{choice.partition(':')[0]}{'.slip' if choice.endswith(':slip') else ''}",
            icon=_ICONS[choice.partition(":")[0]],
            primary=choice == lead,
        )
        for choice in offered
    )


def _actions(state: State) -> tuple[Action, ...]:
    offered = paper_buttons(state)
    printing = _printing(state)
    lead = any(action.primary for action in offered)
    done = button(
        state,
        "next",
        "finish",
        icon="next",
        primary=not lead and not printing,
        enabled=not printing,
    )
    return (*offered, done)


def _printing(state: State) -> bool:
    return any(paper.stage == "printing" for paper in state.session.matter.papers.values())


STAGE = Stage("receipt", render, react)
