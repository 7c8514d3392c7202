# SPDX-License-Identifier: Apache-2.0
"""Face and identity card: a consent of its own, the card, then at most three looks of the camera.

Pictures stay in the camera's process and are overwritten there; what comes here is what its adapters
concluded and what that is worth. The default adapters conclude nothing, and the pages say so.
"""

from __future__ import annotations

from datetime import UTC, datetime

from drivers.core import CapturedFace, Role
from kiosk.flows import asks
from kiosk.flows.effects import CaptureFace, Effect, HideLivePicture, ReadIdCard, ShowLivePicture
from kiosk.flows.sentences import button, tell, text
from kiosk.flows.state import State
from kiosk.flows.views import Body, Consent, LiveFeed, Tone
from kiosk.protocol.catalogue import ConsentText
from kiosk.protocol.messages import ConsentAct, FaceCheck
from kiosk.protocol.wire import Text
from kiosk.words import knows, say

MOST_TRIES = 3
CONSENT = "face-check"
_VERSION = "1.0"


def consent_text(state: State) -> ConsentText:
    """Return the consent, with what this terminal's adapters are; its hash goes with the act."""
    return ConsentText(
        code=CONSENT,
        version=_VERSION,
        title=_both("identity.face.consent.title"),
        purpose=_both(
            "identity.face.consent.purpose_stand_in"
            if adapter_words(state, "zh")
            else "identity.face.consent.purpose"
        ),
        data=Text(
            zh="".join([say("identity.face.consent.data", "zh"), *adapter_words(state, "zh")]),
            en=" ".join([say("identity.face.consent.data", "en"), *adapter_words(state, "en")]),
        ),
        recipient=_both("identity.face.consent.recipient"),
    )


def consent_body(state: State) -> Body:
    """Ask for the consent. Neither answer is preselected."""
    asked = consent_text(state)
    return Consent(
        heading=text(state, asked.title),
        purpose=text(state, asked.purpose),
        data=text(state, asked.data),
        recipient=text(state, asked.recipient),
        version=asked.version,
        number=1,
        total=1,
        actions=(
            button(state, "refuse", icon="close"),
            button(state, "agree", icon="check", primary=True),
        ),
    )


def agreed(state: State) -> State:
    """Write down that the consent was given."""
    asked = consent_text(state)
    act = ConsentAct(
        code=asked.code,
        version=asked.version,
        text_sha256=asked.text_sha256,
        given=True,
        at=datetime.fromtimestamp(state.wall, UTC),
    )
    return state.session_with(face_consent=act)


def next_step(state: State) -> tuple[Effect, ...]:
    """Ask for what is missing: the card, unless it was read already, then the face."""
    if state.session.face_consent is None:
        return ()
    session = state.session.number
    if state.session.person.card is None:
        return (ReadIdCard(session, state.settings.card_deadline_s),)
    look = CaptureFace(session, state.settings.face_deadline_s)
    if state.session.live.place or asks.is_open(state, "ShowLivePicture"):
        return (look,)
    return (ShowLivePicture(session, Role.CAMERA.value), look)


def stop_showing(state: State) -> tuple[State, tuple[Effect, ...]]:
    """End the live picture, if one was asked for."""
    if not state.session.live.place and not asks.is_open(state, "ShowLivePicture"):
        return state, ()
    state = asks.give_up(state.session_with(live=LiveFeed()), "ShowLivePicture")
    return state, (HideLivePicture(state.session.number, Role.CAMERA.value),)


def check_of(state: State, face: CapturedFace) -> FaceCheck | None:
    """Return what goes to the platform: findings and what they are worth, never a picture."""
    consent = state.session.face_consent
    if consent is None:
        return None
    return FaceCheck(
        consent=consent,
        liveness_by=face.liveness_by,
        liveness_assurance=_worth(face.liveness_assurance),
        alive=face.alive,
        comparison_by=face.comparison_by,
        comparison_assurance=_worth(face.comparison_assurance),
        same=face.same,
    )


def tries_left(state: State) -> bool:
    """Tell whether the camera may look once more in this session."""
    return state.session.face_tries < MOST_TRIES


def hint(state: State, *, for_the_ear: bool = False) -> str:
    """Say the one thing to do now."""
    code = state.session.card_progress
    code = code if code.startswith("face.") and knows(code) else "face.waiting"
    spoken = f"{code}.say"
    return tell(state, spoken if for_the_ear and knows(spoken) else code)


def try_words(state: State) -> str:
    """Say which try this is, and that nothing is kept."""
    number = min(state.session.face_tries + 1, MOST_TRIES)
    which = tell(state, "face.try", number=number, most=MOST_TRIES)
    return tell(state, "identity.face.looking.help", which=which)


def hint_tone(state: State) -> Tone:
    """Tell whether the hint praises or asks for something."""
    return Tone.GOOD if state.session.card_progress == "face.ok" else Tone.QUIET


def caveat(state: State) -> str:
    """Say in short what the consent said in full; empty where both adapters are more than the defaults."""
    return tell(state, "identity.face.caveat") if adapter_words(state, "zh") else ""


def adapter_words(state: State, language: str) -> list[str]:
    """Return a sentence each about the camera's adapters, as its status names them."""
    status = state.machine.statuses.get(Role.CAMERA)
    details = status.details if status else {}
    keys = [f"face.adapter.{details.get(part, '')}" for part in ("liveness_by", "comparison_by")]
    sentences = [say(key, "en" if language == "en" else "zh") for key in keys if knows(key)]
    return [f"{each}{'.' if language == 'en' else '。'}" for each in sentences]


def _both(key: str) -> Text:
    return Text(zh=say(key, "zh"), en=say(key, "en"))


def _worth(declared: str) -> str:
    return declared if declared in ("declared_by_vendor", "certified") else "none"
