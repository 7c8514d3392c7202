# SPDX-License-Identifier: Apache-2.0
"""Papers: fetched by e-licence, scanned, or brought later (容缺); every choice can be undone."""

from __future__ import annotations

from drivers.core import Role
from kiosk.catalogue.readiness import device_trouble
from kiosk.flows import asks, scanning
from kiosk.flows.effects import FetchLicence, RecordStep
from kiosk.flows.events import (
    CardSideScanned,
    Event,
    Failed,
    LicenceFetched,
    LivePictureShown,
    PageScanned,
    Reply,
    ScanProgress,
    SheetScanned,
    StackScanned,
)
from kiosk.flows.route import forward, governing_consent
from kiosk.flows.sentences import button, code_words, tell, text
from kiosk.flows.state import Settlement, Stage, State, Turn, act_of, with_entry, without
from kiosk.flows.views import Action, Body, Materials, MaterialView, Tone
from kiosk.protocol.catalogue import Material
from kiosk.protocol.messages import ConsentAct

_TONES = {
    "open": Tone.QUIET,
    "working": Tone.QUIET,
    "licence": Tone.GOOD,
    "scanned": Tone.GOOD,
    "deferred": Tone.WARNING,
}


def render(state: State) -> Body:
    """Show every paper, how it is settled or can be; or the pages of the one being scanned."""
    desk = state.session.draft.desk
    if desk is not None:
        return scanning.render(state, desk)
    return Materials(
        heading=tell(state, "materials.heading"),
        help=tell(state, "materials.help"),
        materials=tuple(_view(state, material) for material in state.item.materials),
        notice=_notice(state),
        actions=(
            *((button(state, "ticket", icon="flag"),) if _stuck(state) else ()),
            button(state, "next", icon="next", primary=True, enabled=all_settled(state)),
        ),
    )


def react(state: State, event: Event) -> Turn:
    """Settle a paper, undo that, go on when all are settled."""
    choice = act_of(event)
    desk = state.session.draft.desk
    return _chosen(state, choice) if desk is None else scanning.react(state, desk, choice)


def _chosen(state: State, choice: str) -> Turn:
    if choice == "next":
        return (forward(state) if all_settled(state) else state), ()
    verb, _, code = choice.partition(":")
    material = next((each for each in state.item.materials if each.code == code), None)
    if material is None or verb not in _possible(state, material):
        return state, ()
    state = state.draft_with(material_trouble=("", ""))
    match verb:
        case "licence":
            return _fetch_licence(state, material)
        case "scan":
            return scanning.begin(_set(state, code, Settlement("working")), code)
        case "later":
            return _set(state, code, Settlement("deferred")), ()
        case _:
            return _undo(state, code)


def answered(state: State, reply: Reply) -> Turn:
    """Take in the licence, the picture, or why there is none."""
    match reply:
        case LicenceFetched(material=code, reference=reference):
            record = RecordStep(
                state.session.number, "licence.fetched", state.item.code, reference.licence
            )
            return _set(state, code, Settlement("licence", licence=reference)), (record,)
        case (
            PageScanned()
            | SheetScanned()
            | StackScanned()
            | CardSideScanned()
            | ScanProgress()
            | LivePictureShown()
        ):
            return scanning.heard(state, reply)
        case Failed(what="ScanMaterial", code=code, about=about):
            if (told := scanning.failed(state, code)) is not None:
                return told, ()
            state, effects = scanning.stop(state)
            return _went_wrong(state, code, about), effects
        case Failed(what="FetchLicence", code=code, about=about):
            return _went_wrong(state, code, about), ()
        case _:
            return state, ()


def all_settled(state: State) -> bool:
    """Tell whether every paper is settled."""
    settled = state.session.draft.materials
    return all(
        material.code in settled and settled[material.code].state != "working"
        for material in state.item.materials
    )


def leave(state: State) -> Turn:
    """Leave the page: a scan that still runs is cancelled and its paper is open again."""
    working = [
        code for code, paper in state.session.draft.materials.items() if paper.state == "working"
    ]
    state, effects = scanning.stop(state)
    state = asks.give_up(state, "FetchLicence")
    return state.draft_with(materials=without(state.session.draft.materials, *working)), effects


def consent_act(state: State) -> ConsentAct | None:
    """Return the given act under which licences may be fetched."""
    governing = governing_consent(state.item)
    act = state.session.draft.consent(governing.code) if governing else None
    return act if act is not None and act.given else None


def state_words(state: State, material: Material) -> str:
    """Say how a paper is settled."""
    settled = state.session.draft.materials.get(material.code)
    stage = settled.state if settled else "open"
    if settled and stage == "licence" and settled.licence:
        return tell(state, "materials.state.licence")
    pages = len(settled.scans) if settled else 0
    return tell(state, f"materials.state.{stage}", days=material.due_working_days, pages=pages)


def _set(state: State, code: str, settlement: Settlement) -> State:
    return state.draft_with(
        materials=with_entry(state.session.draft.materials, code, settlement),
        material_trouble=("", ""),
    )


def _undo(state: State, code: str) -> Turn:
    was_working = state.session.draft.materials[code].state == "working"
    if was_working and asks.is_open(state, "FetchLicence", code):
        state = asks.give_up(state, "FetchLicence")
    return state.draft_with(materials=without(state.session.draft.materials, code)), ()


def _went_wrong(state: State, code: str, about: str) -> State:
    working = state.session.draft.materials
    failed = [
        key for key, paper in working.items() if paper.state == "working" and about in ("", key)
    ]
    return state.draft_with(materials=without(working, *failed), material_trouble=(about, code))


def _fetch_licence(state: State, material: Material) -> Turn:
    grant, act = state.session.person.grant, consent_act(state)
    if grant is None or act is None or material.licence is None:
        return state, ()
    effect = FetchLicence(
        state.session.number,
        grant.grant,
        state.item.code,
        material.licence,
        material.code,
        act,
    )
    return _set(state, material.code, Settlement("working")), (effect,)


def _possible(state: State, material: Material) -> tuple[str, ...]:
    """Return what can be done with this paper now."""
    settled = state.session.draft.materials
    if material.code in settled:
        return ("undo",)
    ways: list[str] = []
    if _licence_possible(state, material):
        ways.append("licence")
    scanner_free = not any(paper.state == "working" for paper in settled.values())
    scanner = device_trouble(state.machine.statuses.get(Role.DOCUMENT_SCANNER))
    if material.scan and scanner is None and scanner_free:
        ways.append("scan")
    if material.deferrable:
        ways.append("later")
    return tuple(ways)


def _licence_possible(state: State, material: Material) -> bool:
    if (
        not material.licence
        or not state.machine.online
        or state.session.person.grant is None
        or consent_act(state) is None
    ):
        return False
    prefill = state.session.draft.prefill
    offers = {offer.code: offer.state for offer in prefill.licences} if prefill else {}
    return offers.get(material.licence, "held") == "held"


def _stuck(state: State) -> bool:
    return any(not _possible(state, material) for material in state.item.materials)


def _notice(state: State) -> str:
    _, code = state.session.draft.material_trouble
    if code:
        role = "" if code.startswith(("link.", "platform.", "licence.")) else "document_scanner"
        return code_words(state, code, role)
    if _stuck(state):
        return tell(state, "materials.stuck")
    return ""


def _view(state: State, material: Material) -> MaterialView:
    settled = state.session.draft.materials.get(material.code)
    stage = settled.state if settled else "open"
    return MaterialView(
        code=material.code,
        name=text(state, material.name),
        state=stage,
        state_words=state_words(state, material),
        tone=_TONES[stage],
        actions=_actions(state, material),
    )


def _actions(state: State, material: Material) -> tuple[Action, ...]:
    icons = {"licence": "licence", "scan": "scan", "later": "later", "undo": "undo"}
    ways = _possible(state, material)
    return tuple(
        button(
            state,
            f"{way}:{material.code}",
            f"material.{way}",
            icon=icons[way],
            primary=way == ways[0] != "undo",
        )
        for way in ways
    )


STAGE = Stage("materials", render, react)
