# SPDX-License-Identifier: Apache-2.0
"""The session's state machine: one pure reducer. Events in, a view and effects out.

No I/O, no clock but ``Tick``, no randomness, no threads. Send at start: ``Tick``, ``ProfileLoaded``,
``CatalogueLoaded``, ``StoreChanged(accepting=True)``, ``LinkChanged`` and a ``DeviceChanged`` for every
fitted role: nothing counts as working before it said so.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from kiosk.flows import (
    asks,
    closing,
    hearing,
    home,
    identity,
    materials,
    overlays,
    practice,
    report,
    scanning,
    trouble,
)
from kiosk.flows.effects import Effect, EndTerminal, LightSlot, RecordStep
from kiosk.flows.events import (
    CatalogueLoaded,
    ContentLoaded,
    DeviceChanged,
    Event,
    LinkChanged,
    PlugChanged,
    ProfileLoaded,
    Reply,
    StoreChanged,
    SuppliesChanged,
    TerminalEnding,
    Tick,
    Touch,
    VoiceChanged,
)
from kiosk.flows.frame import can_back, frame
from kiosk.flows.intents import (
    Act,
    AskHelp,
    Back,
    Exit,
    Intent,
    Point,
    SayAgain,
    SetMode,
    Touched,
)
from kiosk.flows.route import backward
from kiosk.flows.settings import FlowSettings
from kiosk.flows.stages import ANSWERED, STAGES
from kiosk.flows.state import (
    ATTRACT,
    CLOSING,
    HOME,
    IDENTITY,
    ITEM,
    Session,
    State,
    Turn,
    with_entry,
)
from kiosk.flows.terminal_state import Machine
from kiosk.flows.views import Body, View


@dataclass(frozen=True, slots=True)
class Outcome:
    """What is on the glass now and what the world is asked to do."""

    view: View
    effects: tuple[Effect, ...] = ()


class Flow:
    """One terminal's flow. Not thread-safe: one owner (the core thread) calls it."""

    def __init__(
        self,
        settings: FlowSettings | None = None,
        *,
        now: float = 0.0,
        wall: float = 0.0,
        first_session: int = 1,
    ) -> None:
        """``now`` and ``wall`` as in ``Tick``; ``first_session`` numbers the first resident."""
        session = Session(first_session, arrived=now, last_touch=now)
        self._state = State(settings or FlowSettings(), Machine(), session, now, wall)
        self._view = frame(self._state, _body(self._state), None)

    @property
    def view(self) -> View:
        """What is on the glass now."""
        return self._view

    @property
    def state(self) -> State:
        """Everything the flow knows; for tests and diagnostics. Its ``repr`` shows nobody."""
        return self._state

    def handle(self, event: Event) -> Outcome:
        """Take in one event; never raises, never blocks. ``view.revision`` grows when the view changed."""
        before = self._state
        if isinstance(event, Tick):
            before = replace(before, now=event.now, wall=event.wall)
        turn = _then((before, ()), _reduce(before, event))
        state, effects = _settle(before, turn)
        if before.session.practice:
            state, effects = _practised(state, effects)
        body = _body(state)
        state, light = _light(state, body)
        self._state = state
        shown, self._view = self._view, frame(state, body, self._view)
        heard = hearing.follow(state, body, shown, self._view)
        # The page first, then the control that the keys stand on.
        return Outcome(self._view, heard + effects + light)


def _practised(state: State, effects: tuple[Effect, ...]) -> Turn:
    """Keep what would leave the terminal, and answer it here until nothing is asked any more."""
    allowed, answers = practice.instead(effects)
    for answer in answers:
        state, more = _settle(state, _then((state, ()), _reply(state, answer)))
        state, more = _practised(state, more)
        allowed += more
    return state, allowed


def _body(state: State) -> Body:
    if state.session.trouble is not None:
        return trouble.render(state)
    return STAGES[state.session.place.stage].render(state)


def _reduce(state: State, event: Event) -> Turn:
    """Take in the event itself."""
    match event:
        case Tick():
            return _tick(state, event)
        case Touch(intent=Point() as point):
            return hearing.pointed(state, point)
        case Touch(intent=SayAgain()):
            return hearing.again(state.session_with(last_touch=state.now), _body(state))
        case Touch(intent=intent):
            return _touch(state, event, intent)
        case Reply():
            return _reply(state, event)
        case _:
            return _react(_learn(state, event), event)


def _learn(state: State, event: Event) -> State:
    """Take in what the machine says of itself."""
    machine = state.machine
    match event:
        case DeviceChanged(role=role, status=status):
            machine = replace(machine, statuses=with_entry(machine.statuses, role, status))
        case LinkChanged(online=online, code=code, waiting=waiting) as link:
            machine = replace(machine, online=online, link_code=code, waiting=waiting, link=link)
        case CatalogueLoaded(catalogue=catalogue, as_of=as_of, fresh=fresh):
            machine = replace(
                machine, catalogue=catalogue, catalogue_as_of=as_of, catalogue_fresh=fresh
            )
        case ContentLoaded(name=name) as loaded:
            machine = replace(machine, content=with_entry(machine.content, name, loaded))
        case ProfileLoaded(profile=profile):
            machine = replace(machine, profile=profile)
        case StoreChanged(accepting=accepting, code=code, near=near):
            machine = replace(machine, accepting=accepting, store_code=code, store_near=near)
        case SuppliesChanged() | PlugChanged():
            machine = machine.with_news_for_staff(event)
        case TerminalEnding(code=code):
            machine = replace(machine, ending=code)
        case VoiceChanged(engine=engine):
            machine = replace(machine, voice=engine)
        case _:
            pass
    return replace(state, machine=machine)


def _react(state: State, event: Event) -> Turn:
    """Let the page react, unless a page for trouble lies over it."""
    if state.session.trouble is not None:
        return trouble.react(state, event)
    return STAGES[state.session.place.stage].react(state, event)


def _reply(state: State, reply: Reply) -> Turn:
    """Take in an answer of this session that somebody still waits for."""
    if reply.session != state.session.number:
        return state, ()
    state, name, reply = asks.settle(state, reply)
    return _answered(state, name, reply) if name else (state, ())


def _answered(state: State, name: str, reply: Reply) -> Turn:
    if state.session.place == CLOSING:
        return closing.answered(state, reply)
    return ANSWERED[name](state, reply)


def _tick(state: State, tick: Tick) -> Turn:
    """Let time pass: answers that are overdue, patience, then the page."""
    state, failures = asks.overdue(state)
    turn: Turn = (state, ())
    for failure in failures:
        turn = _then(turn, _answered(turn[0], failure.what, failure))
    return _then(turn, _react(overlays.tick(turn[0]), tick))


def _then(before: Turn, turn: Turn) -> Turn:
    """Append one more turn; what it asks for is awaited from now on."""
    state, effects = turn
    return asks.expect(state, effects), before[1] + effects


def _touch(state: State, touch: Touch, intent: Intent) -> Turn:
    """Take in what the resident did; overlays lie over everything else."""
    covered = state.session.idle_since is not None
    state = state.session_with(last_touch=state.now)
    choice = intent.id if isinstance(intent, Act) else ""
    if covered:
        return overlays.touched(state, choice)
    if isinstance(intent, (Touched, SetMode, AskHelp, Exit)):
        return _footer(state, intent), ()
    if state.session.dialog:
        return overlays.touched(state, "close" if isinstance(intent, Back) else choice)
    if isinstance(intent, Back):
        return _back(state)
    if choice == "ticket":
        return report.open_report(state)
    return _react(state, touch)


def _footer(state: State, intent: Touched | SetMode | AskHelp | Exit) -> State:
    """Take what is the same on every page."""
    match intent:
        case SetMode():
            return _set_mode(state, intent)
        case AskHelp() if state.session.place != CLOSING:
            return state.session_with(dialog="help")
        case Exit() if overlays.may_exit(state):
            return state.session_with(dialog="exit")
        case _:
            return state


def _set_mode(state: State, intent: SetMode) -> State:
    modes = state.session.modes
    match intent.mode:
        case "english":
            modes = replace(modes, language="en" if intent.on else "zh")
        case "elder":
            # Large letters come with the voice; it can be switched off by itself.
            voice = (intent.on and hearing.available(state)) or modes.voice
            modes = replace(modes, elder=intent.on, voice=voice)
        case "contrast":
            modes = replace(modes, contrast=intent.on)
        case "low":
            modes = replace(modes, low=intent.on)
        case "voice" if intent.on:
            return hearing.switch_on(state)
        case "voice":
            modes = replace(modes, voice=False)
    return state.session_with(modes=modes)


def _back(state: State) -> Turn:
    """Go one step back, where there is one; from the scanner's pages to the papers."""
    if state.session.draft.desk is not None and state.session.trouble is None:
        return scanning.finish(state)
    return (_page_before(state) if can_back(state) else state), ()


def _page_before(state: State) -> State:
    session = state.session
    if session.trouble is not None and session.trouble.again is not None:
        again = session.trouble.again
        # From a log-in that failed the way back is the guide: its own page would only log in again.
        guide = HOME if session.service else ITEM
        return state.session_with(trouble=None).at(guide if again == IDENTITY else again)
    back = STAGES[session.place.stage].back
    if back is not None:
        return back(state)
    if session.place == HOME:
        return home.widen(state)
    if session.place == IDENTITY and identity.has_other_ways(state):
        return identity.other_ways(state)
    if session.place == ITEM:
        return state.at(HOME)
    return backward(state)


def _settle(before: State, turn: Turn) -> Turn:
    """After the event: leave and enter pages until nothing moves, end the session if it is to end."""
    previous = before
    seen = before.session.visit
    while turn[0].session.visit != seen and turn[0].session.number == before.session.number:
        state = turn[0]
        seen = state.session.visit
        turn = _then(turn, _leave(previous, state))
        turn = _then(turn, _enter(turn[0]))
        previous = state
    state = turn[0]
    if state.machine.ending and state.session.place not in (ATTRACT, CLOSING):
        state = state.session_with(ending=state.session.ending or "power")
    if state.session.ending is not None and state.session.place != CLOSING:
        turn = _then((state, turn[1]), closing.begin(state))
    return _end_machine(turn)


def _end_machine(turn: Turn) -> Turn:
    """Let the terminal end as soon as nobody is in a session and nothing of one is left."""
    state, effects = turn
    machine = state.machine
    if not machine.ending or machine.ended or state.session.place != ATTRACT:
        return turn
    state = replace(state, machine=replace(machine, ended=True))
    return state, (*effects, EndTerminal(state.session.number, machine.ending))


def _leave(previous: State, state: State) -> Turn:
    """Leave a page: what only it needs is cancelled, the clock of the next one starts."""
    session = state.session
    here = _page_name(state)
    changes: dict[str, object] = {"arrived": state.now, "idle_since": None, "pointed": None}
    state = state.session_with(**changes)
    effects: list[Effect] = []
    if here != "identity" or not session.way:
        state, stopped = identity.leave(state)
        effects += stopped
    if here != "materials" and previous.session.place.stage == "materials":
        state, cancels = materials.leave(state)
        effects += cancels
    if previous.session.place == ATTRACT:
        state = state.session_with(last_touch=state.now)
        effects.append(RecordStep(session.number, "session.started"))
    code = session.trouble.code if session.trouble else ""
    item_code = session.item.code if session.item else ""
    effects.append(RecordStep(session.number, f"step.{here}", item_code, code))
    return state, tuple(effects)


def _enter(state: State) -> Turn:
    """Arrive at a page; a page for trouble lies over the others and starts nothing."""
    if state.session.trouble is not None:
        return state, ()
    return STAGES[state.session.place.stage].enter(state)


def _page_name(state: State) -> str:
    return state.session.place.stage if state.session.trouble is None else "trouble"


def _light(state: State, body: Body) -> Turn:
    """Light the place of the device in use, and only that."""
    wanted = getattr(body, "lit_slot", "") or overlays.lit_slot(state)
    if wanted == state.session.lit or state.session.place == CLOSING:
        return state, ()
    return state.session_with(lit=wanted), (LightSlot(state.session.number, wanted),)
