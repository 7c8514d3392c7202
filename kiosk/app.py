# SPDX-License-Identifier: Apache-2.0
"""The composition root: settings in, a running terminal out.

Threads, all named: ``core`` (the flow), ``devices`` (pipes to the device processes), ``store`` (the one
SQLite connection), ``voice``, ``sync`` (outbox → platform), ``contact`` (heartbeat, catalogue), ``platform`` (calls of
the session), ``finalize`` (sealing and keeping). The UI thread belongs to ``ui``: it posts intents and
shows views.
"""

from __future__ import annotations

import itertools
import logging
import time
from collections.abc import Callable
from contextlib import suppress
from importlib.metadata import version
from uuid import uuid4

from drivers.core import Role, Status
from drivers.host import DeviceHost, SlotConfig
from kiosk.audit import AuditLog
from kiosk.config import Settings
from kiosk.documents.numbers import number as receipt_number
from kiosk.flows import effects, events
from kiosk.flows.intents import Intent
from kiosk.flows.machine import Flow
from kiosk.flows.settings import FlowSettings
from kiosk.flows.views import View
from kiosk.platform_client.delivery import make_deliverer, seal_for
from kiosk.platform_client.enrolment import EnrolledTerminal, load_enrolment
from kiosk.platform_client.v1 import PlatformV1
from kiosk.protocol.catalogue import CATALOGUE_PURPOSE
from kiosk.protocol.messages import AuditPlace, DeviceReport, Heartbeat, HeartbeatAnswer
from kiosk.protocol.wire import Signed
from kiosk.supplies.levels import SlotSupplies
from kiosk.terminal.contact import Contact
from kiosk.terminal.core_thread import CoreThread
from kiosk.terminal.counted_devices import CountedDevices
from kiosk.terminal.device_effects import DeviceEffects
from kiosk.terminal.hall_time import HallTime
from kiosk.terminal.intake import Intake, reserve_for
from kiosk.terminal.kept_configuration import Configuration
from kiosk.terminal.orders import Orders
from kiosk.terminal.platform_effects import PlatformEffects
from kiosk.terminal.plug_reports import PlugReports
from kiosk.terminal.power_guard import ENDED_BY_POWER, PowerGuard, shut_down_machine
from kiosk.terminal.submission_effects import SubmissionEffects
from kiosk.terminal.supervision import Supervision
from kiosk.terminal.supply_reports import book_of, levels_shown, reported
from kiosk.terminal.voice_effects import VoiceEffects
from offline_cache import Attempt, OfflineCache, State, StoreError, SyncEngine

_log = logging.getLogger("hall24.terminal")


class Terminal:
    """One terminal. ``start`` returns when every thread runs; ``stop`` joins them all.

    A store that cannot be opened does not keep the screen dark: the terminal starts and says on the screen
    that it takes no applications, with the code for the technician.
    """

    def __init__(self, settings: Settings, enrolled: EnrolledTerminal | None = None) -> None:
        self._settings = settings
        self._enrolled = enrolled or load_enrolment(settings.data_dir)
        self._roles = {slot.name: slot.role for slot in settings.slots}
        simulated = any(slot.simulated for slot in settings.slots)
        self._flow = Flow(_flow_settings(settings, simulated=simulated))
        self._time = HallTime(time.time, time.monotonic)
        self._core = CoreThread(
            self._flow, run_effect=self._run, clock=time.monotonic, wall=self._time
        )
        post = self._core.post
        self._power = PowerGuard(
            settings.power, lambda code: post(events.TerminalEnding(code=code))
        )
        self._ended_by = ""
        self._when_ended: Callable[[], None] = lambda: None
        self._audit = AuditLog(settings.data_dir / "audit")
        self._host = DeviceHost(
            [
                SlotConfig(slot.name, Role(slot.role), slot.driver, slot.options)
                for slot in settings.slots
            ],
            on_status=self._device_changed,
            simulated=frozenset(slot.name for slot in settings.slots if slot.simulated),
        )
        self._supplies = book_of(settings, self._time, self._supplies_changed, self._audit.append)
        self._plugs = PlugReports(
            settings.slots,
            memory=self._supplies,
            audit=self._audit.append,
            post=post,
            wall=self._time,
        )
        self._devices = DeviceEffects(CountedDevices(self._host, self._supplies), post)
        self._voice = VoiceEffects(settings.voice, post)
        url = settings.platform_url or None
        proxy = settings.platform_proxy
        lanes = [PlatformV1(self._enrolled, url, proxy=proxy) for _ in range(3)]
        self._lanes = lanes
        self._session_platform = PlatformEffects(
            lanes[0],
            self._enrolled.seal_root_pem,
            post,
            time.monotonic,
            self._time,
        )
        reserve = reserve_for(settings)
        self._cache = OfflineCache(
            settings.data_dir,
            number=self._receipt_number,
            on_store_change=self._store_changed,
            reserve=reserve,
        )
        self._outbox = self._cache.outbox
        self._supervision = Supervision(lanes[2], settings.data_dir / "audit")
        self._configuration = Configuration(lanes[2], self._enrolled.terminal)
        self._intake = Intake(self._outbox, reserve, lambda: self._configuration.quotas, post)
        self._sync = SyncEngine(
            self._outbox,
            make_deliverer(lanes[1]),
            clock=self._time,
            on_attempt=self._attempted,
        )
        self._submissions = SubmissionEffects(
            self._outbox, seal_for(self._enrolled), kick=self._sync.kick, post=post
        )
        self._outbox.subscribe(self._submissions.outbox_changed)
        self._contact_platform = lanes[2]
        self._contact: Contact | None = None
        self._keeps = False
        # The platform tells two machines with one key apart by these; nothing else uses them.
        self._run_id = str(uuid4())
        self._beats = itertools.count(1)
        self._orders = Orders(
            self._host,
            audit=self._audit.append,
            acknowledge=self._contact_platform.acknowledge,
            wall=self._time,
        )
        self._core.subscribe(self._orders.seen)
        self._runners = self._effect_runners()

    # --- what the screen uses -------------------------------------------------------------------

    def post(self, intent: Intent) -> None:
        """Take what the resident did; any thread, returns at once."""
        self._core.post(events.Touch(intent))

    def subscribe(self, callback: Callable[[View], None]) -> None:
        """Call ``callback`` on the core thread with each new view; before ``start``."""
        self._core.subscribe(callback)

    @property
    def ended_by(self) -> str:
        """Why the terminal wants its program to end (``power.low_battery``); empty while it goes on."""
        return self._ended_by

    def when_ended(self, callback: Callable[[], None]) -> None:
        """Call ``callback`` on the core thread when the terminal has ended its work by itself; before ``start``.

        Nothing of a session is left then; ``stop`` still has to be called.
        """
        self._when_ended = callback

    def shut_down_machine(self) -> int:
        """Run the configured shutdown command, after ``stop``; return the exit status of the program."""
        shut_down_machine(self._settings.power.shutdown_command)
        return ENDED_BY_POWER

    @property
    def devices(self) -> DeviceHost:
        """The device host, for diagnostics and tests."""
        return self._host

    # --- life -----------------------------------------------------------------------------------

    def start(self) -> None:
        """Start every part; returns at once, devices and link report as they come."""
        post = self._core.post
        post(events.Tick(now=time.monotonic(), wall=self._time()))
        post(events.ProfileLoaded(profile=self._enrolled.profile))
        post(events.LinkChanged(online=False, code="starting"))
        self._keeps = self._open_store()
        self._core.start()
        self._audit.append("terminal.started", software=version("hall24"))
        self._supplies.start()
        self._plugs.start()
        self._host.start()
        self._voice.start()
        if self._keeps:
            self._sync.start()
        self._contact = Contact(
            self._contact_platform,
            self._cache.shelf if self._keeps else None,
            open_catalogue=self._open_catalogue,
            beat=self._heartbeat,
            on_answer=self._answered,
            post=post,
            on_link=self._link_changed,
            on_contact=self._contacted,
            wall=time.time,
            hall_time=self._time,
            last_contact_at=self._outbox.last_contact_at if self._keeps else None,
            skew_s=self._outbox.server_offset_s if self._keeps else None,
        )
        self._contact.start()

    def stop(self) -> None:
        """Stop every part; what was being kept is kept first."""
        if self._contact is not None:
            self._contact.stop()
        self._session_platform.stop()
        self._submissions.stop()
        if self._keeps:
            self._sync.stop()
        for lane in self._lanes:
            lane.close()
        self._plugs.stop()
        self._host.stop()
        self._supplies.stop()
        self._voice.stop()
        self._core.stop()
        if self._keeps:
            self._cache.stop()
        self._audit.append("terminal.stopped")
        self._audit.close()

    def _open_store(self) -> bool:
        try:
            self._cache.start()
        except StoreError as error:
            _log.error("store", extra={"code": error.code})
            self._core.post(events.StoreChanged(accepting=False, code=error.code))
            return False
        self._configuration.load(self._cache.shelf, self._enrolled.signing_keys)
        self._intake.look()
        return True

    # --- what happens ---------------------------------------------------------------------------

    def _supplies_changed(self, supplies: tuple[SlotSupplies, ...]) -> None:
        self._core.post(events.SuppliesChanged(levels_shown(supplies)))

    def _device_changed(self, slot: str, status: Status) -> None:
        self._core.post(events.DeviceChanged(role=self._roles[slot], status=status))
        self._supplies.heard(slot, status)
        self._plugs.heard(slot, status)
        match Role(self._roles[slot]):
            case Role.POWER:
                self._power.heard(status)
            case Role.SIGNALS:
                self._devices.board_said(status)
            case _:
                pass
        _log.info(
            "device", extra={"slot": slot, "condition": status.condition, "code": status.code}
        )

    def _store_changed(self, accepting: bool, code: str) -> None:  # noqa: FBT001 - the store's shape
        self._intake.store_changed(accepting, code)

    def _link_changed(self, online: bool) -> None:  # noqa: FBT001 - the contact's shape
        if online and self._keeps:
            self._sync.kick()

    def _contacted(self, offset_s: float, at: float) -> None:
        self._time.heard(at)
        if self._keeps:
            with suppress(StoreError):  # the store says so itself
                self._outbox.remember_contact(offset_s, at)

    def _try_link(self, _effect: effects.TryLink) -> None:
        self._audit.append("link.try_now")
        if self._keeps:
            self._sync.kick(by_hand=True)
        if self._contact is not None:
            self._contact.beat_now()

    def _attempted(self, attempt: Attempt) -> None:
        """Write down what somebody must look at; the sync thread calls it."""
        if attempt.entry.state is State.QUARANTINED:
            event = "outbox.alarm" if attempt.alarm else "outbox.set_aside"
            self._audit.append(event, code=attempt.code, submission=str(attempt.entry.id))
            if self._contact is not None:
                self._contact.beat_now()  # the screen's number and the platform's console follow at once

    def _receipt_number(self, sequence: int, _wall: float) -> str:
        return receipt_number(sequence, self._time(), self._enrolled.terminal)

    def _heartbeat(self) -> Heartbeat:
        if self._keeps:
            self._intake.look()
        place = self._audit.durable_place
        return Heartbeat(
            software=version("hall24"),
            run_id=self._run_id,
            beat=next(self._beats),
            idle=self._orders.idle,
            queued=self._outbox.waiting() if self._keeps else 0,
            oldest_queued_s=self._outbox.oldest_waiting_s() if self._keeps else None,
            set_aside=self._outbox.counts()[State.QUARANTINED] if self._keeps else 0,
            intake=self._intake.code,
            clock_skew_s=self._outbox.server_offset_s if self._keeps else None,
            last_outage=self._contact.outage if self._contact else "",
            devices=tuple(
                DeviceReport(
                    slot=slot,
                    role=str(self._roles[slot]),
                    condition=status.condition.value,
                    code=status.code,
                    recovery=status.recovery.value,
                )
                for slot, status in self._host.statuses().items()
            ),
            supplies=reported(self._supplies.current()),
            audit=AuditPlace(sequence=place.sequence, hash=place.hash),
        )

    def _answered(self, answer: HeartbeatAnswer) -> None:
        self._configuration.heard(answer.configuration, self._time())
        self._orders.take(answer.commands)
        self._orders.tell()
        self._supervision.send(answer.next_event, self._audit.durable_place.sequence)

    def _open_catalogue(self, signed: Signed) -> bytes:
        return signed.verified_body(CATALOGUE_PURPOSE, self._enrolled.signing_keys)

    # --- what the flow asks ---------------------------------------------------------------------

    def _effect_runners(self) -> dict[type[effects.Effect], Callable[..., None]]:
        return {
            effects.ReadIdCard: self._devices.read_id_card,
            effects.ReadSocialCard: self._devices.read_social_card,
            effects.CaptureFace: self._devices.capture_face,
            effects.ReadIdentityCode: self._devices.read_code,
            effects.ReadSlipCode: self._devices.read_slip,
            effects.ScanMaterial: self._devices.scan,
            effects.ShowLivePicture: self._devices.show_live_picture,
            effects.HideLivePicture: self._devices.hide_live_picture,
            effects.CancelDevice: self._devices.cancel,
            effects.PrintSlip: self._devices.print_slip,
            effects.PrintResult: self._devices.print_result,
            effects.IdentifyByCard: self._session_platform.identify,
            effects.IdentifyBySocialCard: self._session_platform.identify_by_social_card,
            effects.IdentifyByCode: self._session_platform.identify_by_code,
            effects.Logout: self._session_platform.logout,
            effects.AskPlatform: self._session_platform.ask,
            effects.FetchPrefill: self._session_platform.prefill,
            effects.FetchLicence: self._session_platform.fetch_licence,
            effects.WatchCase: self._session_platform.watch_case,
            effects.FetchResult: self._session_platform.fetch_result,
            effects.MakeHandover: self._session_platform.make_handover,
            effects.Submit: self._submissions.submit,
            effects.LightSlot: self._devices.light,
            effects.Speak: self._voice.speak,
            effects.Hush: self._voice.hush,
            effects.EndTerminal: self._end,
            effects.RecordStep: self._record,
            effects.TryLink: self._try_link,
            effects.Wipe: self._wipe,
        }

    def _run(self, effect: effects.Effect) -> None:
        self._runners[type(effect)](effect)

    def _record(self, effect: effects.RecordStep) -> None:
        self._audit.append(
            effect.event, item=effect.item, code=effect.code, submission=effect.submission
        )

    def _end(self, effect: effects.EndTerminal) -> None:
        self._audit.append("terminal.ending", code=effect.reason)
        self._ended_by = effect.reason
        self._when_ended()

    def _wipe(self, effect: effects.Wipe) -> None:
        """End everything of the session. All of it lived in memory: the flow drops its state by itself."""
        self._devices.forget()
        self._submissions.forget()
        self._audit.append("session.wiped", code=effect.reason)
        self._core.post(events.Wiped(session=effect.session))


def _flow_settings(settings: Settings, *, simulated: bool) -> FlowSettings:
    session = settings.session
    return FlowSettings(
        idle_s=session.idle_s,
        idle_with_card_s=session.idle_with_card_s,
        countdown_s=session.countdown_s,
        goodbye_s=session.goodbye_s,
        headphones=settings.voice.output == "headphones",
        simulated=simulated,
    )
