# SPDX-License-Identifier: Apache-2.0
"""Slip and result documents on their way: offered, printed, done, not done, or not known.

Nothing is printed twice by itself. ``UNKNOWN`` is asked of the person: "did the paper come out?". A
result that could not be printed goes to the phone.
"""

from __future__ import annotations

from dataclasses import replace

from drivers.core import PrintResult as Outcome
from drivers.core import Role
from kiosk.catalogue.readiness import paper_trouble
from kiosk.flows import asks
from kiosk.flows.effects import (
    Effect,
    FetchResult,
    MakeHandover,
    PrintResult,
    PrintSlip,
    RecordStep,
)
from kiosk.flows.events import Failed, HandoverReady, Printed, Reply, ResultReady
from kiosk.flows.slip import slip_of
from kiosk.flows.state import Paper, PaperStage, State, Turn, with_entry
from kiosk.protocol.wire import Text

SLIP = "slip"
STAGES: dict[Outcome, PaperStage] = {
    Outcome.DONE: "done",
    Outcome.NOT_DONE: "not_done",
    Outcome.UNKNOWN: "unknown",
}


def offer_slip(state: State) -> State:
    """Offer a slip; one that was printed with a provisional number is offered again."""
    paper = state.session.matter.papers.get(SLIP)
    if paper is not None and paper.stage in ("printing", "unknown"):
        return state
    return _set(state, SLIP, Paper("offered"))


def fetch_results(state: State) -> Turn:
    """Fetch every result document that the case has."""
    case = state.session.matter.case
    effects: list[Effect] = []
    for result in case.results if case is not None else ():
        state, more = fetch(state, result.code, result.title)
        effects += more
    return state, tuple(effects)


def fetch(state: State, code: str, title: Text) -> Turn:
    """Fetch one document; printed as soon as its seal is verified."""
    submission = state.session.matter.submission
    if submission is None:
        return state, ()
    paper = Paper("fetching", title=title.in_language(state.session.modes.language))
    effect = FetchResult(state.session.number, submission, code, _log_in(state))
    return _set(state, code, paper), (effect,)


def answered(state: State, reply: Reply) -> Turn:  # noqa: PLR0911 - one return a case
    """Take in documents, addresses and how printing ended."""
    match reply:
        case ResultReady(code=code):
            paper = replace(_paper(state, code), result=reply)
            return _print_or_hand_over(_set(state, code, paper), code)
        case HandoverReady(url=url):
            return state.matter_with(handover=url), ()
        case Printed(paper=code, outcome=outcome):
            return _printed(state, code, outcome.result, outcome.code)
        case Failed(what="PrintSlip"):
            return _printed(state, SLIP, print_guess(reply.code), reply.code)
        case Failed(what="PrintResult"):
            return _printed(
                state, reply.about or _first_result(state), print_guess(reply.code), reply.code
            )
        case Failed(what="FetchResult"):
            code = reply.about or _first_result(state)
            return _set(
                state, code, replace(_paper(state, code), stage="not_done", code=reply.code)
            ), ()
        case Failed(what="MakeHandover"):
            return state.matter_with(handover_code=reply.code), ()
        case _:
            return state, ()


def act(state: State, choice: str) -> Turn:  # noqa: PLR0911 - one return a case
    """Do what a paper's button says; buttons that do not fit the paper's stage do nothing."""
    verb, _, code = choice.partition(":")
    if choice not in choices(state):
        return state, ()
    match verb:
        case "print" if code == SLIP:
            return _print_slip(state)
        case "print":
            return _print_result(state, code)
        case "skip":
            return _set(state, code, Paper("declined")), ()
        case "yes":
            return _set(state, code, replace(_paper(state, code), stage="done", code="")), ()
        case "no":
            return _by_phone_instead(
                _set(state, code, replace(_paper(state, code), stage="not_done")), code
            )
        case "fetch":
            return _fetch_again(state, code)
        case _:
            return _hand_over(state, code)


def choices(state: State) -> tuple[str, ...]:
    """Return what can be done with the papers now, the most pressing first."""
    found: list[str] = []
    papers = state.session.matter.papers
    for code in (*(code for code in papers if code != SLIP), SLIP):
        if code in papers:
            found += [f"{verb}:{code}" for verb in _verbs(state, code, papers[code])]
    return tuple(found)


def outstanding(state: State) -> bool:
    """Tell whether a result is not in the resident's hands yet, neither on paper nor as a code."""
    matter = state.session.matter
    return not matter.handover and any(
        paper.stage != "done" for code, paper in matter.papers.items() if code != SLIP
    )


def printer_trouble(state: State, code: str) -> str:
    """Return why that paper cannot be printed now, empty when it can."""
    trouble = paper_trouble(state.machine.statuses.get(role_of(code)))
    return trouble.code if trouble else ""


def role_of(code: str) -> Role:
    """Return the printer of a paper."""
    return Role.RECEIPT_PRINTER if code == SLIP else Role.PAGE_PRINTER


def _verbs(  # noqa: PLR0911 - one return a case
    state: State, code: str, paper: Paper
) -> tuple[str, ...]:
    printable = not printer_trouble(state, code)
    if code == SLIP:
        match paper.stage:
            case "offered" | "not_done":
                return ("skip", "print") if printable else ()
            case "unknown":
                return ("no", "yes")
            case "declined":
                return ("print",) if printable else ()
            case _:
                return ()
    phone = () if state.session.matter.handover or _handing_over(state) else ("handover",)
    match paper.stage:
        case "unknown":
            return ("no", "yes")
        case "not_done" if paper.result is None:
            return () if paper.code.startswith("seal.") else ("fetch",)
        case "not_done" | "offered":
            return (*phone, "print") if printable else phone
        case _:
            return ()


def _printed(state: State, code: str, result: Outcome, trouble: str) -> Turn:
    if code not in state.session.matter.papers:
        return state, ()
    stage = STAGES[result]
    paper = replace(_paper(state, code), stage=stage, code=trouble)
    state = _set(state, code, paper)
    kind = SLIP if code == SLIP else "result"
    record = RecordStep(
        state.session.number,
        f"print.{kind}.{stage}",
        state.session.item.code if state.session.item else "",
        trouble,
        str(state.session.matter.submission or ""),
    )
    if result is not Outcome.NOT_DONE:
        return state, (record,)
    state, effects = _by_phone_instead(state, code)
    return state, (record, *effects)


def print_guess(code: str) -> Outcome:
    """Tell what a failed print effect means: certainly nothing on paper, or nobody knows."""
    certain = ("media.", "dev.not_", "dev.unsupported", "dev.misconfigured", "software.")
    return Outcome.NOT_DONE if code.startswith(certain) else Outcome.UNKNOWN


def _print_or_hand_over(state: State, code: str) -> Turn:
    trouble = printer_trouble(state, code)
    if not trouble:
        return _print_result(state, code)
    # Said before the job starts: the printer cannot, so the phone takes it.
    state = _set(state, code, replace(_paper(state, code), stage="not_done", code=trouble))
    return _by_phone_instead(state, code)


def _print_result(state: State, code: str) -> Turn:
    result = _paper(state, code).result
    if result is None:
        return state, ()
    state = _set(state, code, replace(_paper(state, code), stage="printing", code=""))
    return state, (PrintResult(state.session.number, code, result.pdf),)


def _print_slip(state: State) -> Turn:
    state = _set(state, SLIP, Paper("printing"))
    return state, (PrintSlip(state.session.number, slip_of(state)),)


def _fetch_again(state: State, code: str) -> Turn:
    submission = state.session.matter.submission
    if submission is None:
        return state, ()
    state = _set(state, code, replace(_paper(state, code), stage="fetching", code=""))
    return state, (FetchResult(state.session.number, submission, code, _log_in(state)),)


def _by_phone_instead(state: State, code: str) -> Turn:
    if code == SLIP or state.session.matter.handover or _handing_over(state):
        return state, ()
    return _hand_over(state, code)


def _hand_over(state: State, code: str) -> Turn:
    submission = state.session.matter.submission
    item = state.session.item
    if submission is None or item is None or "handover" not in item.requires.delivery:
        return state, ()
    state = state.matter_with(handover_code="")
    return state, (MakeHandover(state.session.number, submission, code, _log_in(state)),)


def _log_in(state: State) -> str:
    """Return what proves that an earlier case is theirs; empty for one of this visit."""
    grant = state.session.person.grant
    return grant.grant if grant is not None and state.session.matter.held else ""


def _handing_over(state: State) -> bool:
    return asks.is_open(state, "MakeHandover")


def _first_result(state: State) -> str:
    return next((code for code in state.session.matter.papers if code != SLIP), "")


def _paper(state: State, code: str) -> Paper:
    return state.session.matter.papers.get(code, Paper("offered"))


def _set(state: State, code: str, paper: Paper) -> State:
    return state.matter_with(papers=with_entry(state.session.matter.papers, code, paper))
