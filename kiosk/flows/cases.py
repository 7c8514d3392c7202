# SPDX-License-Identifier: Apache-2.0
"""我的办件: the resident's own cases, where each stands, its documents, and papers that are still wanted."""

from __future__ import annotations

from drivers.core import Role
from kiosk.flows import asks, papers
from kiosk.flows.effects import AskPlatform, RecordStep
from kiosk.flows.enquiries import MyCases
from kiosk.flows.events import Event, Failed, PlatformAnswered, Reply
from kiosk.flows.paging import page_of, turned
from kiosk.flows.progress import TONES, due_row, next_words
from kiosk.flows.receipt import paper_buttons, paper_state
from kiosk.flows.sentences import button, date_words, moment_words, tell, text
from kiosk.flows.services import home_page
from kiosk.flows.state import (
    CASE,
    CASES,
    GOODBYE,
    HOME,
    Draft,
    Matter,
    Place,
    Stage,
    State,
    Turn,
    act_of,
)
from kiosk.flows.views import Action, Body, Choices, Option, PastStep, Record, Row, Tone
from kiosk.protocol.catalogue import Form, Material, Requires, ServiceItem
from kiosk.protocol.messages import CaseStatus
from kiosk.protocol.services import CaseList, CaseSummary
from kiosk.protocol.wire import Text
from kiosk.words import say

_SHOWN = 5
_SHOWN_ELDER = 3
_OPEN = ("received", "in_review", "supplement")


# --- the list -----------------------------------------------------------------------------------


def enter(state: State) -> Turn:
    """Ask anew: a case may have moved since."""
    grant = state.session.person.grant
    if grant is None:
        return home_page(state), ()
    if asks.is_open(state, "AskPlatform", MyCases.__name__):
        return state, ()
    return state, (AskPlatform(state.session.number, MyCases(grant.grant)),)


def render(state: State) -> Body:
    """Show the cases, the newest first, each with its state and what comes."""
    desk = state.session.cases
    known = desk.cases or ()
    rows, page, pages = page_of(known, desk.page, _size(state))
    return Choices(
        heading=tell(state, "cases.heading"),
        help=tell(
            state, "cases.help" if known else "cases.none" if _told(state) else "cases.asking"
        ),
        options=tuple(_option(state, case) for case in rows),
        page=page + 1,
        pages=pages,
        actions=(
            button(state, "home", icon="home"),
            button(state, "leave_page", "finish", icon="next", primary=True),
        ),
    )


def react(state: State, event: Event) -> Turn:
    """Turn pages, open a case, leave."""
    verb, _, value = act_of(event).partition(":")
    desk = state.session.cases
    match verb:
        case "page":
            _, page, pages = page_of(desk.cases or (), desk.page, _size(state))
            return state.cases_with(page=turned(page, pages, value)), ()
        case "choose":
            case = next((each for each in desk.cases or () if str(each.submission) == value), None)
            return (_opened(state, case) if case is not None else state), ()
        case "home":
            return state.at(HOME), ()
        case "leave_page":
            return state.at(GOODBYE), ()
        case _:
            return state, ()


def answered(state: State, reply: Reply) -> Turn:
    """Take in the list, or say why there is none."""
    match reply:
        case PlatformAnswered(answer=CaseList(cases=cases)):
            return state.cases_with(cases=cases), ()
        case Failed(code=code) if state.session.place == CASES:
            return state.in_trouble(code, again=CASES, words="service_failed"), ()
        case _:
            return state, ()


def _told(state: State) -> bool:
    return state.session.cases.cases is not None


def _size(state: State) -> int:
    return _SHOWN_ELDER if state.session.modes.elder else _SHOWN


def _option(state: State, case: CaseSummary) -> Option:
    when = moment_words(state, case.received_at.timestamp())
    return Option(
        id=str(case.submission),
        label=_name(state, case),
        detail=tell(state, "cases.received", when=when),
        icon="folder",
        status=_status(state, case),
        tone=Tone.WARNING if _wanted(case) else TONES[case.state],
    )


def _status(state: State, case: CaseSummary) -> str:
    if _wanted(case):
        return tell(state, "case.state.supplement")
    if case.state in ("received", "in_review") and case.promised_date is not None:
        day = date_words(state, case.promised_date)
        return tell(state, "case.state.by", day=day)
    return tell(state, f"case.state.{case.state}")


def _name(state: State, case: CaseSummary) -> str:
    catalogue = state.machine.catalogue
    item = catalogue.item(case.item) if catalogue else None
    return text(state, case.name or (item.name if item else None)) or case.number


def _opened(state: State, case: CaseSummary) -> State:
    """Look at one case: what the papers' part of the flow knows of a matter is filled from it."""
    catalogue = state.machine.catalogue
    status = CaseStatus(id=case.submission, case_number=case.number, state=case.state)
    matter = Matter(
        submission=case.submission,
        finalized_wall=case.received_at.timestamp(),
        delivered=True,
        case_number=case.number,
        case=status,
        held=True,
    )
    return (
        state.cases_with(chosen=case.submission)
        .session_with(item=catalogue.item(case.item) if catalogue else None, matter=matter)
        .at(CASE)
    )


# --- one case -----------------------------------------------------------------------------------


def enter_case(state: State) -> Turn:
    """Stay where the case is known; else the list comes first."""
    return (state if state.session.cases.case is not None else state.at(CASES)), ()


def render_case(state: State) -> Body:
    """Show the number, where it stands, what happened, what comes, and its documents."""
    case = state.session.cases.case
    if case is None:
        return render(state)
    how = "supplement" if _wanted(case) else case.state
    handover = state.session.matter.handover
    steps = next_words(state, how, case.promised_date, results=bool(case.results))
    return Record(
        heading=tell(state, f"case.{how}.heading"),
        tone=Tone.WARNING if _wanted(case) else TONES[case.state],
        number_label=_name(state, case),
        number=case.number,
        facts=_facts(state, case),
        history=_history(state, case),
        next_steps=(
            *(tell(state, "case.supplement.bring", name=each) for each in _names(state, case)),
            *steps,
        ),
        papers=tuple(
            paper_state(state, code, paper) for code, paper in state.session.matter.papers.items()
        ),
        qr=handover,
        qr_help=tell(state, "receipt.qr_result") if handover else "",
        lit_slot=_lit(state),
        actions=_case_actions(state, case),
    )


def react_case(state: State, event: Event) -> Turn:
    """Get a document, hand in what is wanted, go back to the list."""
    choice = act_of(event)
    case = state.session.cases.case
    if case is None or not choice:
        return state, ()
    verb, _, value = choice.partition(":")
    match verb:
        case "take":
            return _take(state, case, value)
        case "supplement" if _to_bring(state, case):
            return _supplement(state, case)
        case "cases" if not _printing(state):
            return state.at(CASES), ()
        case "leave_page" if not _printing(state):
            return state.at(GOODBYE), ()
        case _:
            return papers.act(state, choice)


def _case_actions(state: State, case: CaseSummary) -> tuple[Action, ...]:
    wanted = _to_bring(state, case)
    fresh = [each for each in case.results if each.code not in state.session.matter.papers]
    offered = paper_buttons(state)
    lead = bool(offered and any(action.primary for action in offered))
    take = tuple(
        button(
            state,
            f"take:{each.code}",
            "take",
            icon="printer",
            primary=place == 0 and not lead,
        )
        for place, each in enumerate(fresh)
    )
    supplement = (
        (button(state, "supplement", icon="scan", primary=not lead and not take),) if wanted else ()
    )
    done = button(
        state,
        "leave_page",
        "finish",
        icon="next",
        primary=not (lead or take or supplement),
        enabled=not _printing(state),
    )
    ticket = (button(state, "ticket", icon="flag"),) if case.state == "refused" else ()
    return (*ticket, *offered, *take, *supplement, done)


def _facts(state: State, case: CaseSummary) -> tuple[Row, ...]:
    rows = [Row(tell(state, "receipt.time"), moment_words(state, case.received_at.timestamp()))]
    rows += due_row(state, case.promised_date, case.state)
    if case.reason is not None:
        rows.append(Row(tell(state, "receipt.reason"), text(state, case.reason)))
    rows += [
        Row(
            tell(state, "case.gap"),
            tell(
                state,
                "case.gap.by",
                name=_material_name(state, case, gap.material),
                day=date_words(state, gap.due),
            ),
        )
        for gap in case.gaps
        if gap.supplied_at is None and case.state in _OPEN
    ]
    return tuple(rows)


def _history(state: State, case: CaseSummary) -> tuple[PastStep, ...]:
    """Return what happened, and the step that is due."""
    past = [
        PastStep(
            tell(state, "case.step.received"),
            moment_words(state, case.received_at.timestamp()),
            "done",
        ),
        *(
            PastStep(
                tell(state, f"case.step.{step.state}"),
                moment_words(state, step.at.timestamp()),
                "done",
            )
            for step in case.steps
        ),
    ]
    if case.state in _OPEN:
        past.append(PastStep(tell(state, f"case.now.{case.state}"), "", "now"))
        past.append(PastStep(tell(state, "case.step.decided"), "", "next"))
    elif not case.steps:
        # Decided the moment it came in: nobody but the rules had to look.
        past.append(PastStep(tell(state, f"case.step.{case.state}"), "", "done"))
    return tuple(past)


def _lit(state: State) -> str:
    papers_here = state.session.matter.papers.values()
    printing = any(paper.stage == "printing" for paper in papers_here)
    return Role.PAGE_PRINTER.value if printing else ""


def _printing(state: State) -> bool:
    """Tell whether a document is on its way, from the platform or from the printer."""
    papers_here = state.session.matter.papers.values()
    return any(paper.stage in ("fetching", "printing") for paper in papers_here)


def _take(state: State, case: CaseSummary, code: str) -> Turn:
    result = next((each for each in case.results if each.code == code), None)
    if result is None or code in state.session.matter.papers:
        return state, ()
    record = RecordStep(state.session.number, "result.asked", case.item, "", str(case.submission))
    state, effects = papers.fetch(state, code, result.title)
    return state, (*effects, record)


# --- papers that are wanted ---------------------------------------------------------------------


def _wanted(case: CaseSummary) -> bool:
    return case.state == "supplement"


def _to_bring(state: State, case: CaseSummary) -> tuple[Material, ...]:
    """Return the papers that are wanted or may still follow, as the item describes them."""
    if case.state not in _OPEN:
        return ()
    catalogue = state.machine.catalogue
    item = catalogue.item(case.item) if catalogue else None
    open_gaps = [gap.material for gap in case.gaps if gap.supplied_at is None]
    codes = dict.fromkeys([*case.wanted, *open_gaps])
    return tuple(
        material for material in (item.materials if item else ()) if material.code in codes
    )


def _names(state: State, case: CaseSummary) -> tuple[str, ...]:
    return tuple(text(state, material.name) for material in _to_bring(state, case))


def _material_name(state: State, case: CaseSummary, code: str) -> str:
    catalogue = state.machine.catalogue
    item = catalogue.item(case.item) if catalogue else None
    found = next((each for each in item.materials if each.code == code), None) if item else None
    return text(state, found.name if found else None)


def _supplement(state: State, case: CaseSummary) -> Turn:
    """Hand in what is wanted: the same way as the papers of an application, from the scanner to the slip."""
    item = state.session.item
    if item is None:
        return state, ()
    draft = Draft(number=state.session.draft.number + 1, supplements=case.submission)
    record = RecordStep(
        state.session.number, "supplement.begun", case.item, "", str(case.submission)
    )
    state = state.session_with(
        item=further_papers(item, _to_bring(state, case)),
        matter=Matter(),
        draft=draft,
    )
    return state.at(Place("materials")), (record,)


def further_papers(item: ServiceItem, wanted: tuple[Material, ...]) -> ServiceItem:
    """Return a matter that consists of those papers alone: scanned, looked through, handed in."""
    name = Text(
        zh=say("supplement.name", "zh", name=item.name.zh),
        en=say("supplement.name", "en", name=item.name.en),
    )
    scanned = tuple(
        material.model_copy(update={"licence": None, "scan": True, "deferrable": False})
        for material in wanted
    )
    return item.model_copy(
        update={
            "name": name,
            "kind": "promised",
            "requires": Requires(devices=()),
            "consents": (),
            "form": Form(),
            "materials": scanned,
            "promise": None,
            "signature": False,
            "rules": (),
            "answer": (),
            "results": (),
        }
    )


def _to_list(state: State) -> State:
    return state if _printing(state) else state.at(CASES)


STAGE = Stage("cases", render, react, enter, back=home_page)
CASE_STAGE = Stage("case", render_case, react_case, enter_case, back=_to_list)
