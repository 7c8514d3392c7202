# SPDX-License-Identifier: Apache-2.0
"""告知承诺: the text, and the signature on the glass."""

from __future__ import annotations

from kiosk.flows.events import Event, Touch
from kiosk.flows.intents import Sign
from kiosk.flows.route import forward
from kiosk.flows.sentences import button, tell, text
from kiosk.flows.state import Stage, State, Turn, act_of
from kiosk.flows.views import Body, PromisePage

SIGNATURE_NAME = "签名.png"
_PNG = b"\x89PNG\r\n\x1a\n"
_LARGEST = 2_000_000


def render(state: State) -> Body:
    """Show what is promised and whether it is signed."""
    item = state.item
    needed, signed = item.signature, bool(state.session.draft.signature)
    return PromisePage(
        heading=tell(state, "promise.heading" if item.promise else "promise.sign_heading"),
        help=tell(state, "promise.help_sign" if needed else "promise.help_read"),
        text=text(state, item.promise.text) if item.promise else "",
        version=item.promise.version if item.promise else "",
        signature_needed=needed,
        signed=signed,
        notice=tell(state, "promise.signed") if signed else "",
        actions=(
            *((button(state, "clear", icon="undo", enabled=signed),) if needed else ()),
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
    """Keep the signature as a picture; an empty one is none."""
    if isinstance(event, Touch) and isinstance(event.intent, Sign):
        png, strokes = event.intent.png, event.intent.strokes
        usable = strokes > 0 and png.startswith(_PNG) and len(png) <= _LARGEST
        if state.item.signature and usable:
            return state.draft_with(signature=png, signed_at=state.wall), ()
        return state, ()
    match act_of(event):
        case "clear":
            return state.draft_with(signature=b"", signed_at=0.0), ()
        case "next":
            if state.session.draft.signature:
                return forward(state), ()
            if not state.item.signature:
                return forward(state.draft_with(signed_at=state.wall)), ()
        case _:
            pass
    return state, ()


STAGE = Stage("promise", render, react)
