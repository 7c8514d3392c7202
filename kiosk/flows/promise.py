# SPDX-License-Identifier: Apache-2.0
"""告知承诺: the text, and the signature on the glass or the key that stands for it."""

from __future__ import annotations

from kiosk.flows.events import Event, Touch
from kiosk.flows.intents import Sign
from kiosk.flows.route import forward
from kiosk.flows.sentences import button, tell, text
from kiosk.flows.state import Stage, State, Turn, act_of
from kiosk.flows.views import Action, Body, PromisePage

SIGNATURE_NAME = "签名.png"
_PNG = b"\x89PNG\r\n\x1a\n"
_LARGEST = 2_000_000


def render(state: State) -> Body:
    """Show what is promised and whether it is signed."""
    item = state.item
    draft = state.session.draft
    needed, signed = item.signature, draft.signed
    return PromisePage(
        heading=tell(state, "promise.heading" if item.promise else "promise.sign_heading"),
        help=tell(state, "promise.help_sign" if needed else "promise.help_read"),
        text=text(state, item.promise.text) if item.promise else "",
        version=item.promise.version if item.promise else "",
        signature_needed=needed,
        signed=signed,
        notice=_notice(state),
        actions=(
            *(_other_ways(state) if needed else ()),
            button(
                state,
                "next",
                "promise" if item.promise else "next",
                icon="next",
                primary=True,
                enabled=signed or not needed,
            ),
        ),
    )


def react(state: State, event: Event) -> Turn:
    """Take the signature, or the key for it; go on once there is one."""
    if isinstance(event, Touch) and isinstance(event.intent, Sign):
        return _sign(state, event.intent), ()
    match act_of(event):
        case "clear":
            return state.draft_with(signature=b"", signed_at=0.0, key_signed=False), ()
        case "sign_by_key" if state.item.signature:
            return state.draft_with(signature=b"", signed_at=state.wall, key_signed=True), ()
        case "next":
            if state.session.draft.signed:
                return forward(state), ()
            if not state.item.signature:
                return forward(state.draft_with(signed_at=state.wall)), ()
        case _:
            pass
    return state, ()


def _sign(state: State, sign: Sign) -> State:
    """Keep the signature as a picture; an empty one is none."""
    usable = sign.strokes > 0 and sign.png.startswith(_PNG) and len(sign.png) <= _LARGEST
    if not state.item.signature or not usable:
        return state
    return state.draft_with(signature=sign.png, signed_at=state.wall, key_signed=False)


def _other_ways(state: State) -> tuple[Action, ...]:
    """Sign again; or confirm with a key, for who cannot draw: blind, or without a free hand."""
    if state.session.draft.signed:
        return (button(state, "clear", icon="undo"),)
    return (button(state, "sign_by_key", icon="keyboard"),)


def _notice(state: State) -> str:
    draft = state.session.draft
    if draft.key_signed:
        return tell(state, "promise.key_signed")
    return tell(state, "promise.signed") if draft.signature else ""


STAGE = Stage("promise", render, react)
