# SPDX-License-Identifier: Apache-2.0
"""Device effects: every effect gets exactly one answer, and print truth survives a dead process."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from drivers.core import (
    CardError,
    CardType,
    ClearMouth,
    Command,
    Condition,
    DeadlineError,
    DeviceError,
    IdCard,
    Media,
    NotPresentError,
    Preview,
    PrintOutcome,
    PrintResult,
    ProcessLostError,
    Progress,
    Receipt,
    Role,
    ScannedPage,
    SetLight,
    StartPreview,
    Status,
    StopPreview,
)
from kiosk.flows import effects, events
from kiosk.terminal.device_effects import LEFT_SLIP_S, DeviceEffects, Job


class _Job:
    def __init__(self) -> None:
        self.cancelled = False
        self.answer: object = None
        self.on_done: Callable[[Job], None] = lambda _: None
        self.on_progress: Callable[[Progress], None] = lambda _: None

    def cancel(self) -> None:
        self.cancelled = True

    def result(self, timeout_s: float | None = None) -> object:
        del timeout_s
        if isinstance(self.answer, DeviceError):
            raise self.answer
        return self.answer

    def end(self, answer: object) -> None:
        self.answer = answer
        self.on_done(self)


class _Host:
    def __init__(self, *roles: Role) -> None:
        self.roles = roles
        self.jobs: list[_Job] = []
        self.commands: list[Command] = []
        self.media = Media.NOT_PRESENT

    def slot_of(self, role: Role) -> str | None:
        return role.value if role in self.roles else None

    def status(self, slot: str) -> Status:
        del slot
        return Status(Condition.ONLINE, media=self.media)

    def submit(
        self,
        slot: str,
        command: Command,
        *,
        deadline_s: float,
        on_progress: Callable[[Progress], None] | None = None,
        on_done: Callable[[Job], None] | None = None,
    ) -> _Job:
        del slot, deadline_s
        self.commands.append(command)
        job = _Job()
        if on_done is not None:
            job.on_done = on_done
        if on_progress is not None:
            job.on_progress = on_progress
        self.jobs.append(job)
        return job


def _devices(*roles: Role) -> tuple[DeviceEffects, _Host, list[events.Event]]:
    posted: list[events.Event] = []
    host = _Host(*roles)
    return DeviceEffects(host, posted.append), host, posted


def test_a_card_is_answered_with_its_progress_and_its_session() -> None:
    devices, host, posted = _devices(Role.ID_CARD)
    devices.read_id_card(effects.ReadIdCard(session=4))
    host.jobs[0].on_progress(Progress("card.reading"))
    host.jobs[0].end(IdCard(CardType.RESIDENT))
    assert posted == [
        events.CardProgress(session=4, code="card.reading"),
        events.CardRead(session=4, card=IdCard(CardType.RESIDENT)),
    ]


def test_an_empty_slot_is_an_answer_too() -> None:
    devices, _, posted = _devices()
    devices.read_id_card(effects.ReadIdCard(session=1))
    devices.print_slip(effects.PrintSlip(session=1, receipt=Receipt("")))
    assert posted == [
        events.Failed(session=1, what="ReadIdCard", code="dev.not_fitted"),
        events.Printed(
            session=1,
            paper="slip",
            outcome=PrintOutcome(PrintResult.NOT_DONE, "dev.not_fitted"),
        ),
    ]


def test_a_failed_card_carries_the_code_and_nothing_else() -> None:
    devices, host, posted = _devices(Role.ID_CARD)
    devices.read_id_card(effects.ReadIdCard(session=1))
    host.jobs[0].end(CardError.because("card.removed"))
    assert posted == [events.Failed(session=1, what="ReadIdCard", code="card.removed")]


@pytest.mark.parametrize(
    ("error", "result"),
    [
        (ProcessLostError(), PrintResult.UNKNOWN),
        (DeadlineError(), PrintResult.UNKNOWN),
        (NotPresentError(), PrintResult.NOT_DONE),
    ],
)
def test_what_a_printer_could_not_tell_is_never_claimed(
    error: DeviceError, result: PrintResult
) -> None:
    devices, host, posted = _devices(Role.RECEIPT_PRINTER)
    devices.print_slip(effects.PrintSlip(session=1, receipt=Receipt("")))
    host.jobs[0].end(error)
    assert posted == [
        events.Printed(session=1, paper="slip", outcome=PrintOutcome(result, error.code))
    ]


def test_a_session_that_ends_cancels_reading_but_lets_paper_come_out() -> None:
    devices, host, _ = _devices(Role.ID_CARD, Role.DOCUMENT_SCANNER, Role.RECEIPT_PRINTER)
    devices.read_id_card(effects.ReadIdCard(session=1))
    devices.scan(effects.ScanMaterial(session=1, material="m"))
    devices.print_slip(effects.PrintSlip(session=1, receipt=Receipt("")))
    devices.forget()
    assert [job.cancelled for job in host.jobs] == [True, True, False]


def test_a_slip_left_at_the_mouth_is_drawn_in_after_the_session() -> None:
    devices, host, _ = _devices(Role.RECEIPT_PRINTER)
    devices.forget()
    assert host.commands == []
    host.media = Media.PRESENT
    devices.forget()
    assert host.commands == [ClearMouth(after_s=LEFT_SLIP_S)]


def test_the_lamp_follows_the_screen_and_a_machine_without_lamps_is_no_trouble() -> None:
    devices, host, posted = _devices(Role.SIGNALS)
    devices.light(effects.LightSlot(session=1, role="id_card"))
    devices.light(effects.LightSlot(session=1, role=""))
    assert host.commands == [SetLight(role=Role.ID_CARD), SetLight(role=None)]
    host.jobs[0].end(NotPresentError())
    without, _, _ = _devices()
    without.light(effects.LightSlot(session=1, role="id_card"))
    assert posted == []


def test_a_board_that_comes_back_is_told_the_light_again_and_one_without_a_wish_nothing() -> None:
    devices, host, _ = _devices(Role.SIGNALS)
    online, lost = Status(Condition.ONLINE), Status(Condition.OFFLINE, "dev.process_lost")
    devices.board_said(online)
    assert host.commands == []
    devices.light(effects.LightSlot(session=1, role="id_card"))
    devices.board_said(online)
    devices.board_said(lost)
    assert host.commands == [SetLight(role=Role.ID_CARD)]
    devices.board_said(Status(Condition.STARTING))
    devices.board_said(online)
    assert host.commands == [SetLight(role=Role.ID_CARD)] * 2


def test_a_scan_names_the_material_in_success_and_failure() -> None:
    devices, host, posted = _devices(Role.DOCUMENT_SCANNER)
    devices.scan(effects.ScanMaterial(session=1, material="m"))
    host.jobs[0].end(ScannedPage(b"png"))
    devices.scan(effects.ScanMaterial(session=1, material="m"))
    devices.cancel(effects.CancelDevice(session=1, role="document_scanner"))
    assert host.jobs[1].cancelled
    host.jobs[1].end(NotPresentError())
    assert posted == [
        events.PageScanned(session=1, material="m", png=b"png"),
        events.Failed(session=1, what="ScanMaterial", code="dev.not_present", about="m"),
    ]


def test_a_live_picture_begins_ends_and_never_outlives_its_session() -> None:
    devices, host, posted = _devices(Role.CAMERA)
    show = effects.ShowLivePicture(session=1, role="camera")
    devices.show_live_picture(show)
    host.jobs[0].end(Preview("/proc/1/fd/9", 2**62, 640, 480))
    devices.hide_live_picture(effects.HideLivePicture(session=1, role="camera"))
    devices.hide_live_picture(effects.HideLivePicture(session=1, role="camera"))
    devices.show_live_picture(show)
    devices.forget()
    assert host.commands == [
        StartPreview(longest_s=180.0),
        StopPreview(),
        StartPreview(longest_s=180.0),
        StopPreview(),
    ]
    assert posted == [events.LivePictureShown(1, "camera", "/proc/1/fd/9", 2**62)]


def test_a_live_picture_that_does_not_come_is_said_so() -> None:
    devices, host, posted = _devices(Role.CAMERA)
    devices.show_live_picture(effects.ShowLivePicture(session=1, role="camera"))
    host.jobs[0].end(NotPresentError())
    devices.show_live_picture(effects.ShowLivePicture(session=1, role="document_scanner"))
    devices.forget()
    assert posted == [
        events.Failed(1, "ShowLivePicture", "dev.not_present", "camera"),
        events.Failed(1, "ShowLivePicture", "dev.not_fitted", "document_scanner"),
    ]
    assert host.commands == [StartPreview(longest_s=180.0)]
