# SPDX-License-Identifier: Apache-2.0
"""The driver of ESC/POS receipt printers: ask, send, ask again, and say only what is known.

A TCP or serial write succeeds when the operating system took the bytes; that says nothing about
paper. So the printer is asked before the first byte and watched after the last, until it had its time
to print (or, where the model can, answered in its turn behind the job) and still reports no trouble.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

from drivers.core import (
    CancelledError,
    Check,
    ClearMouth,
    CommandContext,
    Condition,
    DeadlineError,
    DeviceError,
    DeviceInfo,
    Media,
    NotPresentError,
    NotReadyError,
    PrintOutcome,
    PrintReceipt,
    PrintResult,
    ProtocolError,
    ReceiptPrinter,
    Recovery,
    Status,
    Supply,
    UnsupportedError,
    Verdict,
)
from drivers.core import Progress as Step
from drivers.receipt_printer.dle_eot import Sign, may_pass, trouble
from drivers.receipt_printer.full_status import exit_details
from drivers.receipt_printer.glyphs import GlyphDrawer
from drivers.receipt_printer.presenting import Presenting
from drivers.receipt_printer.profiles import DEFAULT_MODEL, PrinterProfile, profile_named
from drivers.receipt_printer.rendering import Job, render
from drivers.receipt_printer.status_line import ANSWER_S, StatusLine
from drivers.receipt_printer.steps import bounded, timed
from drivers.receipt_printer.verdicts import findings, status_of
from drivers.transports import Transport, open_transport


@dataclass(frozen=True, slots=True)
class Patience:
    """How long the driver waits, in seconds; with these, every fault ends within 10 s."""

    connect_s: float = 2.5
    """A printer on the local wire connects at once or is not there."""
    answer_s: float = ANSWER_S
    """For one status byte; asked twice."""
    stall_s: float = 4.0
    """While the printer takes not one byte more, or gives no answer after the job."""
    passing_s: float = 3.0
    """For a trouble that may end by itself."""
    cut_s: float = 0.4
    """From the last line to the cut."""


_WATCH_EVERY_S: Final = 0.15
_CRAWL_MM_S: Final = 12.0
"""No printer that works is slower: past this, a slip that is not confirmed never will be."""
_PIECE: Final = 1024
"""Bytes written at once: a second at 9600 baud."""
_QUICK_S: Final = 0.3
"""Patience for a mere status question."""
_RARE: Final = "\U0002cc56"
"""A character of names outside GBK and the Basic Multilingual Plane, for the font check."""


class EscPosPrinter(ReceiptPrinter):
    """One ESC/POS printer at ``url`` (``tcp://HOST:PORT``, ``serial:PATH?baud=N``).

    ``model`` names a profile; ``profile`` gives one directly. Raises ``MisconfiguredError`` at once for
    an unknown model or an impossible URL; does no I/O before ``open``.
    """

    capabilities: Sequence[str] = ("print_receipt", "paper_status", "cut")

    def __init__(
        self,
        slot: str,
        *,
        url: str,
        model: str = DEFAULT_MODEL,
        profile: PrinterProfile | None = None,
        glyphs: GlyphDrawer | None = None,
        patience: Patience = Patience(),
        transport: Transport | None = None,
    ) -> None:
        super().__init__(slot)
        self._patience = patience
        self._profile = profile or profile_named(model)
        self._transport = transport or open_transport(url)
        self._line = StatusLine(self._transport, self._profile, patience.answer_s)
        self._glyphs = glyphs or GlyphDrawer()
        self._answers_in_turn = False
        self._presenting: Presenting | None = None
        if self._profile.presenter is not None:
            self._presenting = Presenting(self._profile.presenter, self._transport, self._line)
            if self._presenting.can_clear:
                self.capabilities = (*self.capabilities, ClearMouth.verb)

    @property
    def info(self) -> DeviceInfo:
        """The model as configured: ESC/POS has no identity that all models give."""
        return DeviceInfo(model=self._profile.title)

    def open(self, context: CommandContext) -> None:
        """Connect and get one valid status byte; raises ``DeviceError``, then it is closed."""
        self._connect(context)
        try:
            self._line.ask(self._profile.status_queries[0], context)
        except DeviceError:
            self._drop()
            raise

    def close(self) -> None:
        """Release the port. Never raises."""
        self._transport.close()

    def _drop(self) -> None:
        """Let a printer go with which something went wrong: it may not be the same one afterwards."""
        self._transport.close()
        self._line.forget_printer()
        if self._presenting is not None:
            self._presenting.forget()

    def status(self, context: CommandContext) -> Status:
        """Ask DLE EOT 1, 2, 4, 3 within about a second. Silence is off line, never well."""
        try:
            self._connect(context, at_most_s=1.0)
            signs = self._line.ask_all(context, _QUICK_S)
        except (CancelledError, DeadlineError) as error:
            return Status(Condition.OFFLINE, error.code, error.recovery, paper=Supply.UNKNOWN)
        except DeviceError as error:
            self._drop()
            condition = (
                Condition.NO_DEVICE if isinstance(error, NotPresentError) else Condition.OFFLINE
            )
            return Status(condition, error.code, error.recovery, paper=Supply.UNKNOWN)
        details = {"model": self._profile.name, **self._exit_details(context)}
        return status_of(signs, self._media(signs, context), details)

    def _media(self, signs: frozenset[Sign], context: CommandContext) -> Media | None:
        """Return what lies at the mouth; ``None`` for a model that could never tell."""
        if self._presenting is not None:
            return self._presenting.observe(signs, context)
        return Media.UNKNOWN if self._profile.exit_byte else None

    def _exit_details(self, context: CommandContext) -> Mapping[str, str]:
        """Return Masung's exit byte as it is: an answer that nobody can read yet."""
        if not self._profile.exit_byte:
            return {}
        try:
            answer = self._line.ask_exit_byte(context, _QUICK_S)
        except DeviceError:
            # The other answers came; that this one is missing is said by its absence.
            return {}
        return {} if answer is None else exit_details(answer)

    def clear_mouth(self, command: ClearMouth, context: CommandContext) -> Media:
        """Wait until the slip is taken or draw it in; see :class:`ReceiptPrinter`."""
        if self._presenting is None:
            raise UnsupportedError
        try:
            self._connect(context)
            self._line.ask_all(context)
            return self._presenting.clear(command, context)
        except (NotPresentError, NotReadyError, ProtocolError):
            self._drop()
            raise

    # --- printing -------------------------------------------------------------------------------

    def print_receipt(self, command: PrintReceipt, context: CommandContext) -> PrintOutcome:
        """Print one slip and cut it.

        ``NOT_DONE``: trouble that the printer (or its absence) told before the first byte, with code
        ``media.out``, ``media.jam``, ``media.cover_open``, ``media.cutter``, ``media.exit_blocked`` (an
        older slip lies there and does not go), ``dev.hardware``, ``dev.not_ready``, ``dev.not_present``,
        ``dev.mute``, ``dev.protocol``, ``receipt.too_long``, ``receipt.qr_too_long``. ``DONE``: after the
        last byte it had time to print and then answered on line, with paper, without error, and a
        presenter that can tell showed the slip at its mouth (progress ``media.presented``); code
        ``media.low`` warns of the roll's end, ``text.substituted`` of a character that no font has (the
        slip says so). ``UNKNOWN``: trouble or silence after the first byte, or ``media.not_presented``;
        then what still waits in the printer is cleared where the model can.

        A cancel before the first byte raises ``CancelledError``; after it, it is not obeyed.
        """
        try:
            job = render(command.receipt, self._profile, self._glyphs)
            context.on_progress(Step("print.checking"))
            before = self._ready(context)
            code = trouble(before) or self._make_room(before, context)
        except CancelledError:
            raise
        except DeviceError as error:
            self._drop()
            return PrintOutcome(PrintResult.NOT_DONE, error.code)
        if code:
            return PrintOutcome(PrintResult.NOT_DONE, code)
        context.check()
        outcome = self._print(job, replace(context, cancelled=threading.Event()))
        fed_mm = None if outcome.result is PrintResult.NOT_DONE else job.length_mm
        return replace(outcome, paper_mm=fed_mm)

    def _ready(self, context: CommandContext) -> frozenset[Sign]:
        """Connect and ask everything; a connection gone stale since the last job is made anew once."""
        was_open = self._transport.is_open
        try:
            self._connect(context)
            signs = self._line.ask_all(context)
        except (NotPresentError, NotReadyError, ProtocolError) as error:
            if not was_open or error.code == "dev.closed":
                raise
            self._drop()
            self._connect(context)
            signs = self._line.ask_all(context)
        signs = self._settled(signs, context)
        # Asked now, with nothing in the buffer: a printer that answers will answer behind the job, too.
        self._answers_in_turn = (
            self._profile.ordered_status
            and not trouble(signs)
            and self._line.probe_ordered(context)
        )
        return signs

    def _make_room(self, signs: frozenset[Sign], context: CommandContext) -> str:
        return "" if self._presenting is None else self._presenting.make_room(signs, context)

    def _settled(self, signs: frozenset[Sign], context: CommandContext) -> frozenset[Sign]:
        """Give a trouble that may pass its time, asking again."""
        until = context.clock() + self._patience.passing_s
        while trouble(signs) and may_pass(signs) and context.clock() < until:
            context.pause(_WATCH_EVERY_S)
            signs = self._line.ask_all(context)
        return signs

    def _print(self, job: Job, context: CommandContext) -> PrintOutcome:
        sent_before = self._transport.bytes_sent
        try:
            self._line.forget_ordered()
            context.on_progress(Step("print.sending", 0, len(job.pieces)))
            self._send(job, context)
            context.on_progress(Step("print.printing", len(job.pieces), len(job.pieces)))
            code, signs = self._watch(job, context)
            if code == "dev.not_ready":
                # A jam shows in the full status only, which is not asked behind a question in turn.
                self._line.forget_ordered()
                code = trouble(signs | self._line.ask_full(context))
            if not code and self._presenting is not None:
                code = self._presenting.await_presented(signs, context)
        except DeviceError as error:
            nothing_left = self._transport.bytes_sent == sent_before
            self._give_up()
            result = PrintResult.NOT_DONE if nothing_left else PrintResult.UNKNOWN
            return PrintOutcome(result, error.code)
        if code:
            self._give_up()
            return PrintOutcome(PrintResult.UNKNOWN, code)
        if Sign.PAPER_LOW in signs:
            return PrintOutcome(PrintResult.DONE, "media.low")
        return PrintOutcome(PrintResult.DONE, "text.substituted" if job.substituted else "")

    def _send(self, job: Job, context: CommandContext) -> None:
        """Write everything; a printer that takes nothing for ``stall_s`` is mute (``dev.mute``)."""
        data = memoryview(job.data)
        for start in range(0, len(data), _PIECE):
            piece = bytes(data[start : start + _PIECE])
            bounded(context, self._patience.stall_s, partial(self._transport.write, piece))

    def _watch(self, job: Job, context: CommandContext) -> tuple[str, frozenset[Sign]]:
        """Follow the printer until the slip is out; return the code of trouble, and the last answers.

        The first answer after the job proves that every byte arrived. A printer that answers ``GS r``
        has printed when it answers that; another has had to when the slip's length at the model's
        slow speed has passed and it still reports no trouble.
        """
        if self._answers_in_turn:
            bounded(context, self._patience.stall_s, self._line.request_ordered)
        signs = self._first_answer(context)
        speed = _CRAWL_MM_S if self._answers_in_turn else self._profile.speed_mm_s
        printed_at = context.clock() + job.length_mm / speed + self._patience.cut_s
        troubled_since: float | None = None
        while True:
            code = trouble(signs)
            now = context.clock()
            if code and not may_pass(signs):
                return code, signs
            troubled_since = (troubled_since or now) if code else None
            if troubled_since is not None and now - troubled_since >= self._patience.passing_s:
                return code, signs
            if not code and self._line.ordered is not None:
                break
            if not code and now >= printed_at:
                if self._answers_in_turn:
                    return "dev.not_ready", signs  # it works on something, but not on our slip
                break
            self._line.listen(context, min(_WATCH_EVERY_S, max(0.02, printed_at - now)))
            signs = self._line.ask_briefly(context)
        final = self._line.ask_all(context) | (self._line.ordered or frozenset())
        return trouble(final), final

    def _first_answer(self, context: CommandContext) -> frozenset[Sign]:
        """Wait for the first status after the job; a slow line may still be carrying it."""
        until = context.clock() + self._patience.stall_s
        while True:
            try:
                return self._line.ask_briefly(context)
            except NotReadyError:
                if context.clock() >= until:
                    raise

    def _give_up(self) -> None:
        """After trouble: clear what waits in the printer, where the model can, and let it go."""
        if self._profile.clear_buffer and self._transport.is_open:
            try:
                self._transport.write(self._profile.clear_buffer, CommandContext.within(_QUICK_S))
            except DeviceError:
                # Nothing more can be done from here; the outcome is UNKNOWN already.
                self._transport.close()
        self._drop()

    # --- checks -----------------------------------------------------------------------------------

    def self_test(self, context: CommandContext) -> Sequence[Check]:
        """Ask for every status, and see whether rare characters can be drawn. Uses no paper."""
        return self.diagnose(context)

    def diagnose(self, context: CommandContext) -> Sequence[Check]:
        """Check connection, answer, cover, paper, knife, error and fonts, each with its own verdict."""
        checks: list[Check] = []
        signs: frozenset[Sign] | None = None
        failure = timed(checks, "connection", context, lambda: self._connect(context))
        if failure is None:

            def ask() -> None:
                nonlocal signs
                signs = self._line.ask_all(context)

            timed(checks, "answers", context, ask)
        else:
            checks.append(Check("answers", Verdict.SKIPPED, failure.code))
        checks += findings(signs, presenter=self._presenting is not None)
        drawn = self._glyphs.can_draw(_RARE)
        checks.append(
            Check("rare_characters", Verdict.PASS)
            if drawn
            else Check("rare_characters", Verdict.FAIL, "text.no_font", Recovery.CONFIGURE.value)
        )
        return tuple(checks)

    # --- inside -------------------------------------------------------------------------------------

    def _connect(self, context: CommandContext, at_most_s: float | None = None) -> None:
        if self._transport.is_open:
            return
        try:
            bounded(context, at_most_s or self._patience.connect_s, self._transport.open)
        except NotReadyError as silent:
            if silent.code != "dev.mute":
                raise
            raise NotPresentError from None
