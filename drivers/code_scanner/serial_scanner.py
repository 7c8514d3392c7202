# SPDX-License-Identifier: Apache-2.0
"""A code scanner on a serial line (a USB scanner in its serial mode is one, too).

The scanner sends nothing but the bytes of codes, so the driver has to know where one ends, that it is
whole, and that it was shown in this session: what waits on the line when a scan begins is thrown away,
and a code of which only the end arrives is not taken for a code.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from drivers.code_scanner.code_text import MAX_CODE_BYTES, decode_code
from drivers.code_scanner.scanner_profiles import profile_named
from drivers.core import (
    CancelledError,
    Check,
    CodeError,
    CodeScanner,
    CommandContext,
    Condition,
    DeadlineError,
    DeviceError,
    DeviceInfo,
    NotReadyError,
    Progress,
    ProtocolError,
    Recovery,
    ScanCode,
    ScannedCode,
    Status,
    Verdict,
    checked,
    condition_after,
)
from drivers.transports import Transport, open_transport

ATTEMPTS: Final = 3
"""So many codes in a row may arrive damaged before it is called the line's fault."""
LONGEST_LOOK_S: Final = 5.0
"""Scanners end a triggered look by themselves after some seconds, so it is started anew."""

_ANSWER_S: Final = 0.4
_QUIET_S: Final = 0.06
"""Silence that shows that nobody is in the middle of sending."""
_SETTLE_LIMIT: Final = 4 * MAX_CODE_BYTES
"""A line that is not quiet after so many bytes is flooded."""
_LINGER_S: Final = 0.03
"""After a terminator: what follows at once belongs to the same code, so that has several lines."""
_GOODBYE_S: Final = 0.05
_LONGEST_ANSWER: Final = 512
_CHUNK: Final = 512
_NOISE: Final = b"\r\n\t\x00\x03"
"""What is left of a terminator, or of plugging in; no code begins with it."""


class SerialScanner(CodeScanner):
    """A scanner at ``url``, one of ``drivers.transports``, e.g. ``serial:/dev/ttyACM0?baud=115200``.

    ``profile`` is a row of :data:`drivers.code_scanner.scanner_profiles.PROFILES`; the options
    ``start``, ``stop``, ``start_reply``, ``question``, ``answer_start``, ``answer_end`` (bytes in hex),
    ``terminator`` (``line``, ``cr``, ``lf``, ``crlf``, ``tab``, ``etx``, ``gap`` or hex) and ``gap_ms`` change it.
    ``transport`` takes the place of the one that ``url`` names, for tests on a virtual wire.

    ``scan_code`` ends within 100 ms of a cancel. A profile without a question can only tell whether its
    port is there: then ``Status.details`` say so, and ``diagnose`` answers ``unknown``.
    Error codes besides those of the transport: ``code.none``, ``code.too_long``, ``code.not_text``,
    ``dev.mute``, ``dev.garbage``, ``dev.truncated``, ``dev.flood``.
    """

    capabilities = ("scan_code",)

    def __init__(
        self,
        slot: str,
        *,
        url: str,
        profile: str = "plain",
        start: str = "",
        stop: str = "",
        start_reply: str = "",
        question: str = "",
        answer_start: str = "",
        answer_end: str = "",
        terminator: str = "",
        gap_ms: int = 0,
        model: str = "",
        transport: Transport | None = None,
    ) -> None:
        super().__init__(slot)
        self._profile = profile_named(
            profile,
            terminator=terminator,
            gap_ms=gap_ms,
            start=start,
            stop=stop,
            start_reply=start_reply,
            question=question,
            answer_start=answer_start,
            answer_end=answer_end,
        )
        self._transport = transport or open_transport(url)
        self._info = DeviceInfo(model=model)

    @property
    def info(self) -> DeviceInfo:
        """The model is the configuration's; scanners of this kind do not tell."""
        return self._info

    def open(self, context: CommandContext) -> None:
        """Connect, and let the scanner answer where its profile has a question."""
        self._transport.open_and_greet(context, self._ask)

    def close(self) -> None:
        """Release the port."""
        self._transport.close()

    def status(self, context: CommandContext) -> Status:
        """Ask the scanner; one that cannot be asked is online as long as its port is there."""
        try:
            if self._transport.is_open:
                self._ask(context)
            else:
                self.open(context)
        except DeviceError as trouble:
            if not isinstance(trouble, CancelledError):
                self.close()
            return Status(condition_after(trouble), code=trouble.code, recovery=trouble.recovery)
        asked = "answers" if self._profile.question else "port_only"
        return Status(Condition.ONLINE, details={"checked": asked})

    def scan_code(self, command: ScanCode, context: CommandContext) -> ScannedCode:
        """Wait for a code until the deadline; see :class:`CodeScanner`."""
        del command
        self.open(context)
        self._settle(context)
        context.on_progress(Progress("code.waiting"))
        try:
            return self._next_code(context)
        finally:
            self._say_stop(context)

    def self_test(self, context: CommandContext) -> Sequence[Check]:
        """Scanners have none of their own; asking is what can be done without a code."""
        return [self._answer_check(context)]

    def diagnose(self, context: CommandContext) -> Sequence[Check]:
        """Go from the port to the answer to a quiet line."""
        self.close()
        port = self._step("port_opens", lambda: self._transport.open(context), context)
        if port.verdict is not Verdict.PASS:
            return [port, Check("answers", Verdict.SKIPPED), Check("quiet", Verdict.SKIPPED)]
        quiet = self._step("quiet", lambda: self._settle(context), context)
        return [port, self._answer_check(context), quiet]

    # --- the conversation ------------------------------------------------------------------------

    def _next_code(self, context: CommandContext) -> ScannedCode:
        """Start looks until one brings a whole code."""
        damaged = 0
        try:
            while True:
                self._say_start(context)
                data = self._one_look(context)
                if data is None:
                    continue
                if data:
                    return ScannedCode("", data, decode_code(data).value)
                damaged += 1
                if damaged == ATTEMPTS:
                    raise ProtocolError("dev.truncated")
        except DeadlineError:
            raise CodeError("code.none") from None

    def _say_start(self, context: CommandContext) -> None:
        if self._profile.start:
            self._transport.write(self._profile.start, context)

    def _one_look(self, context: CommandContext) -> bytes | None:
        """Return a code; ``None`` when nothing came, ``b""`` when one broke off in the middle."""
        heard = bytearray()
        patience_s = LONGEST_LOOK_S
        while True:
            piece = self._transport.read(_CHUNK, context, timeout_s=patience_s)
            if not piece:
                return self._after_silence(bytes(heard))
            heard += piece
            code, rest = self._cut(bytes(heard))
            if len(code) > MAX_CODE_BYTES:
                raise CodeError.because("code.too_long", most=MAX_CODE_BYTES)
            if rest is not None:
                self._check_nothing_follows(rest, context)
                return code
            # An acknowledgement alone is not yet the beginning of a code.
            patience_s = self._profile.gap_s if code else LONGEST_LOOK_S

    def _cut(self, heard: bytes) -> tuple[bytes, bytes | None]:
        """Return what is heard of a code so far, and what follows its end once that has come."""
        reply = self._profile.start_reply
        if reply and (heard.startswith(reply) or reply.startswith(heard)):
            heard = heard[len(reply) :]
        heard = heard.lstrip(_NOISE)
        ends = [
            (at, len(each)) for each in self._profile.terminators if (at := heard.find(each)) >= 0
        ]
        if not ends:
            return heard, None
        at, size = min(ends)
        return heard[:at], heard[at + size :]

    def _after_silence(self, heard: bytes) -> bytes | None:
        code, _ = self._cut(heard)
        if not code:
            return None
        return b"" if self._profile.terminators else code

    def _check_nothing_follows(self, rest: bytes, context: CommandContext) -> None:
        """Refuse a code of several lines: its first line alone would be a wrong code."""
        rest += self._transport.read(_CHUNK, context, timeout_s=_LINGER_S)
        if rest.strip(_NOISE):
            raise CodeError("code.not_text")

    def _settle(self, context: CommandContext) -> None:
        """Throw away what was sent before, up to a silence. Raises when there is none."""
        dropped = 0
        while piece := self._transport.read(_CHUNK, context, timeout_s=_QUIET_S):
            dropped += len(piece)
            if dropped > _SETTLE_LIMIT:
                self.close()
                raise ProtocolError("dev.flood")

    def _say_stop(self, context: CommandContext) -> None:
        """Let it stop looking, also after a cancel or deadline; what it still sends is dropped."""
        if not self._profile.stop or not self._transport.is_open:
            return
        goodbye = CommandContext.within(_GOODBYE_S, context.clock)
        try:
            self._transport.write(self._profile.stop, goodbye)
        except DeviceError:
            # Unplugged or stuck: the scan has its result already, and the next status tells.
            return

    def _ask(self, context: CommandContext) -> None:
        """Let the scanner prove that it is there and is one. Raises ``dev.mute``, ``dev.garbage``."""
        profile = self._profile
        if not profile.question:
            self._check_port()
            return
        self._transport.drain()
        self._transport.write(profile.question, context)
        heard = bytearray()
        while len(heard) < _LONGEST_ANSWER:
            piece = self._transport.read(_CHUNK, context, timeout_s=_ANSWER_S)
            if not piece:
                break
            heard += piece
            begin = heard.find(profile.answer_start)
            if begin >= 0 and heard.find(profile.answer_end, begin) >= 0:
                return
        if not heard:
            raise NotReadyError("dev.mute", recovery=Recovery.RESET)
        raise ProtocolError("dev.garbage")

    def _check_port(self) -> None:
        """Find out whether the port is still there: reading from one that vanished raises."""
        self._transport.drain()

    def _answer_check(self, context: CommandContext) -> Check:
        if not self._profile.question:
            try:
                self.open(context)
                self._check_port()
            except DeviceError as trouble:
                return Check("answers", Verdict.FAIL, trouble.code, trouble.recovery.value)
            return Check("answers", Verdict.UNKNOWN, "scanner.cannot_be_asked")
        return self._step("answers", lambda: self._ask(context), context)

    def _step(self, name: str, step: Callable[[], object], context: CommandContext) -> Check:
        def opened() -> None:
            self._transport.open(context)
            step()

        return checked(name, opened, context.clock)
