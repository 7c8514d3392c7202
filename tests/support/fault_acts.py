# SPDX-License-Identifier: Apache-2.0
"""What can go wrong at each stand, played one by one: the simulators' own faults, none left out.

Each fault gets a stand of its own (but for the UPS, whose daemon takes seconds to start), is played, and
what the driver then says is kept: its status and how a command ended. ``NO_FAULTS`` names the actions of a
simulator that mend, help or steer; a test sees that every action is in one of the two.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from drivers.core import Command, DeviceError, PrintDocument, PrintOutcome, Status
from drivers.sim.code_scanner import Fault as ScannerFault
from drivers.sim.drawn_face import SCENES
from drivers.sim.mjpeg_camera import MjpegCameraSimulator
from drivers.sim.modbus_board import Fault as BoardFault
from drivers.sim.sam_machine import Fault as SamFault
from drivers.sim.social_card_chip import ChipFault
from drivers.testing.subject import LONG_S, Subject, within
from tests.support.photographed_pages import photograph
from tests.support.printer_stands import escpos_presenter
from tests.support.stand_parts import Stand
from tests.support.stands import STANDS

_OFTEN: Final = "99"
"""So many times in a row: more than any driver tries again."""

_SHORT_S: Final = 1.5
"""For work that waits for what never comes; the words do not depend on how long."""

_PHOTOGRAPH: Final = "photograph"
"""No action of a simulator: a synthetic picture of that scene is laid below the camera."""

_PAGES: Final = PrintDocument(
    pdf=b"%PDF-1.4\n" + b"1 0 obj <</Type /Page>> endobj\n" * 3 + b"%%EOF\n", title="proof"
)


@dataclass(frozen=True, slots=True)
class Act:
    """One fault. ``actions`` are the simulator's, each with its words: ``("fail_next", "mute", "99")``."""

    name: str
    actions: tuple[tuple[str, ...], ...]
    ready: bool = True
    """The simulator is made ready for work before."""
    looks: bool = True
    """The status is asked before the work; it would use up a fault that strikes once."""
    works_s: float = LONG_S
    """How long the work may last."""
    work: Command | None = None
    """What is tried, where the stand's own command does not meet the fault."""
    twice: bool = False
    """The work has been done once before the fault, and left something behind."""
    waits: bool = False
    """It takes effect after a while: the status is asked until it tells of trouble."""
    then: str = ""
    """What mends it, where several faults share a stand."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What was said; codes only, words are added where they are read."""

    status: Status | None
    result: str
    """``ok``, the kind of error, or of paper ``DONE``, ``NOT_DONE``, ``UNKNOWN``."""
    code: str
    recovery: str


def _states(names: str, *, looks: bool = True, works_s: float = LONG_S) -> tuple[Act, ...]:
    """Make acts of plain actions."""
    return tuple(Act(name, ((name,),), looks=looks, works_s=works_s) for name in names.split())


def _failing(kinds: Sequence[str]) -> tuple[Act, ...]:
    return tuple(
        Act(kind, (("fail_next", kind, _OFTEN),), looks=False, works_s=8.0) for kind in kinds
    )


_GONE: Final = (Act("unplug", (("unplug",),)), Act("freeze", (("freeze",),), works_s=8.0))
_SAM: Final = (
    *_GONE,
    Act("no card", (), ready=False, works_s=_SHORT_S),
    *_failing([*SamFault]),
    *(Act(f"mode {mode}", (("mode", mode),), works_s=8.0) for mode in ("mute", "garbage")),
    *(Act(f"mode {m}", (("mode", m),)) for m in ("self_test_failed", "not_authorised")),
)
_CAMERA: Final = (
    Act("unplug", (("unplug",),)),
    Act("freeze", (("freeze",),)),
    Act("garbage", (("garbage",),)),
)

ACTS: Final[Mapping[str, Sequence[Act]]] = {
    "sam_serial": _SAM,
    "sam_usb": (*_SAM, Act("stall", (("stall", "81", "99"),), looks=False)),
    "serial_scanner": (
        *_GONE,
        Act("no code", (), ready=False, works_s=_SHORT_S),
        Act("too_long", (("too_long",),), ready=False),
        Act("binary", (("binary",),), ready=False),
        *(
            replace(act, works_s=3.0, actions=(*act.actions, ("present", "GFM-0042")), ready=False)
            for act in _failing([*ScannerFault])
        ),
        *_states("mute garbage", works_s=8.0),
    ),
    "camera_scanner": (*_CAMERA, Act("no code", (), ready=False, works_s=_SHORT_S)),
    "uvc": (
        *_CAMERA,
        *(
            Act(f"scene {scene}", (("scene", scene),), ready=False, looks=False, works_s=4.0)
            for scene in sorted(SCENES)
            if scene != "face"
        ),
    ),
    "pcsc": (
        Act("unplug", (("unplug",),)),
        Act("freeze", (("freeze",),), works_s=8.0),
        Act("no card", (), ready=False, works_s=_SHORT_S),
        Act("place_other", (("place_other",),), ready=False),
        Act("place_mute", (("place_mute",),), ready=False, looks=False),
        Act("kill_service", (("kill_service",),), looks=False, works_s=8.0),
        *(Act(kind, (("fail_next", kind),), looks=False) for kind in ChipFault),
    ),
    "nut_ups": tuple(
        Act(name, ((name,),), waits=True, then=cure)
        for name, cure in (
            ("power_cut", "power_back"),
            ("low_battery", "power_back"),
            ("replace_battery", "power_back"),
            ("cable_out", "cable_in"),
            ("freeze", "thaw"),
            ("garbage", "calm"),
            ("unplug", "replug"),
        )
    ),
    "modbus_board": (
        *_GONE,
        *_states("open_door tamper"),
        *_states("stick", looks=False),
        *_states("mute garbage", works_s=8.0),
        *_failing([*BoardFault]),
    ),
    "escpos": (
        *_GONE,
        *_states("paper_out paper_low cover_open cutter_stuck defect"),
        *_states("mute garbage", works_s=8.0),
        Act("cutter_error", (("cutter_error",),)),
        Act("paper_out_after", (("paper_out_after", "10"),), looks=False),
        Act("disconnect_after", (("disconnect_after", "200"),), looks=False),
    ),
    "escpos with a presenter": (
        Act("jam", (("jam",),), looks=False),
        Act("stay_inside", (("stay_inside",),), looks=False),
        Act("hold_slip", (("hold_slip",),), looks=False, twice=True),
    ),
    "ipp": (
        *_GONE,
        *_states(
            "paper_out paper_low load_letter jam open_cover take_tray fill_output toner_low toner_out"
            " overheat defect pause refuse_jobs garbage web_page cut_short"
        ),
        *(
            Act(name, ((name, sheets),), looks=False, work=_PAGES)
            for name, sheets in (("jam_after", "1"), ("die_after", "1"), ("abort_after", "0"))
        ),
        Act("load_paper 1", (("load_paper", "1"),), looks=False, work=_PAGES),
        Act("swallow_answer", (("swallow_answer",),), looks=False),
    ),
    "sane": (
        Act("unplug", (("unplug",),)),
        Act("freeze", (("freeze",),), works_s=_SHORT_S),
        *_states("jam cover_open no_documents io_error garbage"),
    ),
    "overhead_camera": (
        *_CAMERA,
        Act("bare table", (), ready=False, looks=False),
        *(
            Act(f"scene {scene}", ((_PHOTOGRAPH, scene),), ready=False, looks=False)
            for scene in ("hand", "glare", "blur", "low_light", "shadow")
        ),
    ),
}

_SLOW: Final = frozenset(
    {"freeze", "mute", "truncated", "mode mute", "mode garbage", "no card", "no code", "silent"}
    | {
        "split",  # its pauses are near the longest the driver allows: a busy machine tears the code apart
        "break_off",
        "false_preamble",
        "card_removed_mid_frame",
        "die_after",
        "bare table",
        "place_mute",
        "pulled",
    }
    | {"stay_inside", "hold_slip", "damaged", "cut", "other_unit"}
)
_SLOW_SCENES: Final = "scene "
_SLOW_STANDS: Final = frozenset({"nut_ups", "uvc", "escpos with a presenter"})


def is_quick(key: str, act: Act) -> bool:
    """Tell whether a fault is played whenever tests run; the others only for the record."""
    noise = act.name == "garbage" and key in {"sam_serial", "sam_usb", "serial_scanner", "escpos"}
    slow = act.name in _SLOW or act.name.startswith(_SLOW_SCENES)
    return key not in _SLOW_STANDS and not slow and not noise


NO_FAULTS: Final[Mapping[str, frozenset[str]]] = {
    key: frozenset(names.split())
    for key, names in {
        "sam_serial": "place remove people fail_next clear_faults mode thaw replug",
        "sam_usb": "place fail_next clear_faults mode thaw replug remove empty_packets short_packets",
        "serial_scanner": "present present_hex remove fail_next mode unmute calm thaw replug phone",
        "camera_scanner": "present remove thaw replug sense phone",
        "uvc": f"scene thaw replug sense {' '.join(SCENES)}",
        "pcsc": "place remove people fail_next thaw replug start_service",
        "nut_ups": "power_back status cable_in thaw replug calm",
        "modbus_board": "set_input come leave close_door tamper_clear loosen fail_next mode unmute"
        " thaw replug power_cycle",
        "escpos": "load_paper cover_close cutter_free repair unmute thaw speed delay replug power_cycle"
        " jobs text save",
        "escpos with a presenter": "take_slip clear",
        "ipp": "clear_jam close_cover put_tray empty_output cool_down repair resume load_paper new_toner"
        " accept_jobs slow sense thaw replug jobs save",
        # The feeder's: tried in test_sane_feeder.py, with a command of its own.
        "sane": "clear slow thaw replug lay load jam_after",
        "overhead_camera": "show clear thaw replug sense",
    }.items()
}
"""Actions that mend, help or steer, or only prepare what another action then does."""

ALL_STANDS: Final[Mapping[str, Stand]] = {**STANDS, "escpos with a presenter": escpos_presenter}


def play(key: str, folder: Path, *, quickly: bool) -> tuple[dict[str, Seen], dict[str, str]]:
    """Play the faults of a stand; return what was seen by fault, and what of the contract does not apply."""
    seen: dict[str, Seen] = {}
    exceptions: dict[str, str] = {}
    with ExitStack() as at_the_end:
        shared: Subject | None = None
        acts = [act for act in ACTS[key] if is_quick(key, act) or not quickly]
        for number, act in enumerate(acts):
            if shared is None or not act.then:
                at_the_end.close()
                place = folder / str(number)
                place.mkdir()
                shared = at_the_end.enter_context(ALL_STANDS[key](place))
                at_the_end.callback(shared.device.close)
                exceptions = shared.exceptions()
            seen[act.name] = _play(act, shared)
            if act.then:
                shared.act(act.then)
    return seen, exceptions


def actions_of(key: str, folder: Path) -> frozenset[str]:
    """Return the names of all actions that the simulator of a stand has."""
    with ALL_STANDS[key](folder) as subject:
        return frozenset(subject.simulator.actions())


def played(key: str) -> frozenset[str]:
    """Return the names of the actions that are played as faults."""
    return frozenset(words[0] for act in ACTS[key] for words in act.actions)


def _play(act: Act, subject: Subject) -> Seen:
    if act.work is not None:
        subject.work = act.work
    subject.device.open(within(LONG_S))
    if act.ready:
        subject.make_ready()
    if act.twice:
        subject.try_work(within(LONG_S))
    for name, *words in act.actions:
        if name == _PHOTOGRAPH and isinstance(subject.simulator, MjpegCameraSimulator):
            subject.simulator.show_picture(photograph(words[0], 1, (800, 600)).picture)
        else:
            subject.simulator.actions()[name](*words)
    status = subject.device.status(within(LONG_S)) if act.looks else None
    if status is not None and act.looks:
        # Gone while it was open is noticed once; what stays is what staff see.
        status = subject.device.status(within(LONG_S))
        end = time.monotonic() + LONG_S
        while act.waits and not status.code and time.monotonic() < end:
            status = subject.device.status(within(LONG_S))
    result = subject.try_work(within(act.works_s))
    match result:
        case DeviceError():
            return Seen(status, type(result).__name__, result.code, result.recovery.value)
        case PrintOutcome():
            return Seen(status, result.result.value, result.code, "")
    return Seen(status, "ok", "", "")
