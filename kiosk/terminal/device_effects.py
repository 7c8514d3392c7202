# SPDX-License-Identifier: Apache-2.0
"""Carries out what the flow asks of devices. Nothing here blocks: the host answers on its own thread."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Protocol, cast

from drivers.core import (
    USABLE,
    CapturedFace,
    CaptureFace,
    ClearMouth,
    Command,
    DeadlineError,
    DeviceError,
    IdCard,
    Media,
    Preview,
    PrintDocument,
    PrintOutcome,
    PrintReceipt,
    PrintResult,
    ProcessLostError,
    Progress,
    ReadCard,
    ReadSocialCard,
    Role,
    ScanCode,
    ScannedCode,
    SetLight,
    SocialCard,
    StartPreview,
    Status,
    StopPreview,
)
from kiosk.flows import effects, events
from kiosk.terminal.scan_effects import scan_command, scan_event, scan_step

SLIP_DEADLINE_S = 20.0
PAGE_DEADLINE_S = 90.0
LIGHT_DEADLINE_S = 2.0
PREVIEW_DEADLINE_S = 8.0
_WAIT_FOR_A_RESIDENT = (
    Role.ID_CARD,
    Role.SMART_CARD,
    Role.CODE_SCANNER,
    Role.CAMERA,
    Role.DOCUMENT_SCANNER,
)
LEFT_SLIP_S = 15.0
"""How long a slip at the presenter's mouth may be taken after its session ended."""


class Job(Protocol):
    """A command on its way."""

    def cancel(self) -> None:
        """Ask the driver to end."""

    def result(self, timeout_s: float | None = None) -> object:
        """Return the result or raise ``DeviceError``."""


class Devices(Protocol):
    """The device host as seen from here."""

    def slot_of(self, role: Role) -> str | None:
        """Return the slot of that role, ``None`` when no slot has it."""

    def status(self, slot: str) -> Status:
        """Return what was last published of the slot."""

    def submit(
        self,
        slot: str,
        command: Command,
        *,
        deadline_s: float,
        on_progress: Callable[[Progress], None] | None = None,
        on_done: Callable[[Job], None] | None = None,
    ) -> Job:
        """Queue a command."""


class DeviceEffects:
    """Cards, slips, pages and scans of the running session."""

    def __init__(
        self,
        devices: Devices,
        post: Callable[[events.Event], None],
    ) -> None:
        self._devices = devices
        self._post = post
        self._lock = threading.Lock()
        self._jobs: dict[str, Job] = {}
        self._shown: set[str] = set()
        """Roles whose cameras were asked for a live picture."""
        self._lit: SetLight | None = None
        """What the lamps should show; ``None`` before the first wish."""
        self._board_answers = False

    def read_id_card(self, effect: effects.ReadIdCard) -> None:
        """Answer ``CardProgress``… and ``CardRead`` or ``Failed``."""

        def progress(step: Progress) -> None:
            self._post(events.CardProgress(session=effect.session, code=step.code))

        def read(result: object) -> events.Event:
            return events.CardRead(session=effect.session, card=cast("IdCard", result))

        self._start(effect, Role.ID_CARD, ReadCard(), effect.deadline_s, read, on_progress=progress)

    def read_social_card(self, effect: effects.ReadSocialCard) -> None:
        """Answer ``CardProgress``… and ``SocialCardRead`` or ``Failed``."""
        what = type(effect).__name__

        def progress(step: Progress) -> None:
            self._post(events.CardProgress(effect.session, step.code, what))

        def read(result: object) -> events.Event:
            return events.SocialCardRead(effect.session, cast("SocialCard", result))

        command = ReadSocialCard()
        self._start(effect, Role.SMART_CARD, command, effect.deadline_s, read, on_progress=progress)

    def capture_face(self, effect: effects.CaptureFace) -> None:
        """Answer ``CardProgress`` with hints… and ``FaceCaptured`` or ``Failed``. No picture comes here."""
        what = type(effect).__name__

        def progress(step: Progress) -> None:
            self._post(events.CardProgress(effect.session, step.code, what))

        def seen(result: object) -> events.Event:
            return events.FaceCaptured(effect.session, cast("CapturedFace", result))

        command = CaptureFace(with_picture=False)
        self._start(effect, Role.CAMERA, command, effect.deadline_s, seen, on_progress=progress)

    def read_code(self, effect: effects.ReadIdentityCode) -> None:
        """Answer ``CodeShown`` or ``Failed``. The code is passed on and not looked at."""

        def read(result: object) -> events.Event:
            code = cast("ScannedCode", result)
            return events.CodeShown(session=effect.session, text=code.text or "")

        self._start(effect, Role.CODE_SCANNER, ScanCode(), effect.deadline_s, read)

    def read_slip(self, effect: effects.ReadSlipCode) -> None:
        """Answer ``SlipCodeRead`` or ``Failed``."""

        def read(result: object) -> events.Event:
            code = cast("ScannedCode", result)
            return events.SlipCodeRead(session=effect.session, text=code.text or "")

        self._start(effect, Role.CODE_SCANNER, ScanCode(), effect.deadline_s, read)

    def scan(self, effect: effects.ScanMaterial) -> None:
        """Answer as ``effect.what`` says, or ``Failed``."""

        def scanned(result: object) -> events.Event:
            return scan_event(effect, result)

        def progress(step: Progress) -> None:
            self._post(scan_step(effect, step))

        self._start(
            effect,
            Role.DOCUMENT_SCANNER,
            scan_command(effect.what),
            effect.deadline_s,
            scanned,
            on_progress=progress,
            about=effect.material,
        )

    def show_live_picture(self, effect: effects.ShowLivePicture) -> None:
        """Answer ``LivePictureShown`` or ``Failed``."""
        what = type(effect).__name__

        def failed(code: str) -> None:
            self._post(
                events.Failed(session=effect.session, what=what, code=code, about=effect.role)
            )

        def done(job: Job) -> None:
            try:
                preview = cast("Preview", job.result(0))
            except DeviceError as error:
                with self._lock:
                    self._shown.discard(effect.role)
                failed(error.code)
            else:
                self._post(
                    events.LivePictureShown(
                        effect.session, effect.role, preview.place, preview.token
                    )
                )

        slot = self._devices.slot_of(Role(effect.role))
        if slot is None:
            failed("dev.not_fitted")
            return
        with self._lock:
            self._shown.add(effect.role)
        command = StartPreview(longest_s=effect.longest_s)
        self._devices.submit(slot, command, deadline_s=PREVIEW_DEADLINE_S, on_done=done)

    def hide_live_picture(self, effect: effects.HideLivePicture) -> None:
        """End it; no answer."""
        self._hide(effect.role)

    def _hide(self, role: str) -> None:
        with self._lock:
            if role not in self._shown:
                return
            self._shown.discard(role)
        slot = self._devices.slot_of(Role(role))
        if slot is not None:
            self._devices.submit(slot, StopPreview(), deadline_s=PREVIEW_DEADLINE_S)

    def print_slip(self, effect: effects.PrintSlip) -> None:
        """Answer ``Printed(paper="slip")``, whatever happened."""
        command = PrintReceipt(receipt=effect.receipt)
        self._print(effect, Role.RECEIPT_PRINTER, command, SLIP_DEADLINE_S, "slip")

    def print_result(self, effect: effects.PrintResult) -> None:
        """Answer ``Printed(paper=code)``, whatever happened. The job's name is the code: no person in it."""
        command = PrintDocument(pdf=effect.pdf, title=effect.code)
        self._print(effect, Role.PAGE_PRINTER, command, PAGE_DEADLINE_S, effect.code)

    def light(self, effect: effects.LightSlot) -> None:
        """Light the lamp at that role's slot; no answer: a board that fails disturbs nobody."""
        with self._lock:
            self._lit = SetLight(role=Role(effect.role) if effect.role else None)
        self._show_light()

    def board_said(self, status: Status) -> None:
        """Take what the board says of itself; one that comes back (a new process knows no wish) is told again."""
        answers = status.condition in USABLE
        came_back = answers and not self._board_answers
        self._board_answers = answers
        if came_back:
            self._show_light()

    def _show_light(self) -> None:
        slot = self._devices.slot_of(Role.SIGNALS)
        with self._lock:
            if slot is not None and self._lit is not None:
                self._devices.submit(slot, self._lit, deadline_s=LIGHT_DEADLINE_S)

    def cancel(self, effect: effects.CancelDevice) -> None:
        """Cancel what that role does for us."""
        with self._lock:
            job = self._jobs.get(effect.role)
        if job is not None:
            job.cancel()

    def forget(self) -> None:
        """Cancel reading and scanning of a session that ends; a print on its way is let finish."""
        with self._lock:
            ending = [self._jobs.pop(role) for role in _WAIT_FOR_A_RESIDENT if role in self._jobs]
            shown = tuple(self._shown)
        for job in ending:
            job.cancel()
        for role in shown:
            self._hide(role)
        slot = self._devices.slot_of(Role.RECEIPT_PRINTER)
        if slot is not None and self._devices.status(slot).media is Media.PRESENT:
            # A slip left behind may be taken for a while; then it is drawn in, where the printer can.
            command = ClearMouth(after_s=LEFT_SLIP_S)
            self._devices.submit(slot, command, deadline_s=LEFT_SLIP_S + SLIP_DEADLINE_S)

    def _print(
        self, effect: effects.Effect, role: Role, command: Command, deadline_s: float, paper: str
    ) -> None:
        def ended(outcome: PrintOutcome) -> None:
            self._post(events.Printed(session=effect.session, paper=paper, outcome=outcome))

        def done(job: Job) -> None:
            try:
                ended(cast("PrintOutcome", job.result(0)))
            except (ProcessLostError, DeadlineError) as error:
                # The process may have died with bytes on the wire: only a person can tell.
                ended(PrintOutcome(PrintResult.UNKNOWN, error.code))
            except DeviceError as error:
                ended(PrintOutcome(PrintResult.NOT_DONE, error.code))

        slot = self._devices.slot_of(role)
        if slot is None:
            ended(PrintOutcome(PrintResult.NOT_DONE, "dev.not_fitted"))
            return
        self._devices.submit(slot, command, deadline_s=deadline_s, on_done=done)

    def _start(
        self,
        effect: effects.Effect,
        role: Role,
        command: Command,
        deadline_s: float,
        answer: Callable[[object], events.Event],
        *,
        on_progress: Callable[[Progress], None] | None = None,
        about: str = "",
    ) -> None:
        def failed(code: str) -> None:
            what = type(effect).__name__
            self._post(events.Failed(session=effect.session, what=what, code=code, about=about))

        def done(job: Job) -> None:
            with self._lock:
                if self._jobs.get(role) is job:
                    del self._jobs[role]
            try:
                result = job.result(0)
            except DeviceError as error:
                failed(error.code)
            else:
                self._post(answer(result))

        slot = self._devices.slot_of(role)
        if slot is None:
            failed("dev.not_fitted")
            return
        with self._lock:
            self._jobs[role] = self._devices.submit(
                slot, command, deadline_s=deadline_s, on_progress=on_progress, on_done=done
            )
