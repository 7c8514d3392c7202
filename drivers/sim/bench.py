# SPDX-License-Identifier: Apache-2.0
"""The bench: several simulators in one process, steered through one socket.

``python -m drivers.sim.bench --control SOCKET --slot NAME=KIND[,OPTION=VALUE…] …`` prints one JSON line
when everything is up, ``{"NAME": {"driver", …options for that driver}, …}``, and runs until it is told to
stop (SIGTERM, SIGINT) or the program that started it is gone.

====================  ==========================================================================
kind                  options
====================  ==========================================================================
``sam_reader``        ``link`` (path of the port), ``seed``, ``paced`` (1: at 115200 baud)
``escpos``            ``seed``, ``speed`` (mm/s), ``model`` (``custom-vkp80``: with a presenter)
``ippeveprinter``     ``spool`` (folder of the printed documents); CUPS's own
``ipp_printer``       ``port``, ``sheet_s``; ours, with jams, covers, aborted jobs, lost answers
``sane``              none
``serial_scanner``    ``link`` (path of the port), ``seed``, ``triggered`` (0: it looks all the time),
                      ``phone`` (command that prints a fresh code of the number appended to it)
``code_camera``       ``port``, ``phone``; a camera that looks for codes
``uvc``               ``port``, ``fps``
``modbus_board``      ``port``, ``link`` (a serial line in place of TCP)
``nut_ups``           none
``vpcd``              ``seed``; a smart-card reader behind a real pcscd of its own
``link``              ``to`` (http://HOST:PORT of the platform), ``port``
====================  ==========================================================================
"""

from __future__ import annotations

import argparse
import ctypes
import json
import shlex
import signal
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

from drivers.sim.bench_control import BenchControl
from drivers.sim.simulator import ActionError, Simulator

Options = Mapping[str, str]
_PR_SET_PDEATHSIG: Final = 1


@dataclass(frozen=True, slots=True)
class Bay:
    """A simulator and what a terminal's configuration says about it."""

    simulator: Simulator
    facts: Callable[[], Mapping[str, str]]
    """Known once it runs: ``driver`` and that driver's options, or ``url`` for the link."""


def _sam_reader(name: str, options: Options, folder: Path) -> Bay:
    from drivers.sim.sam_reader import SamReaderSimulator  # noqa: PLC0415 - only what is asked for

    simulator = SamReaderSimulator(
        name,
        Path(options.get("link", folder / name)),
        seed=int(options.get("seed", "1")),
        paced=options.get("paced") == "1",
    )
    return Bay(simulator, lambda: {"driver": "sam_serial", "url": simulator.endpoint})


def _escpos(name: str, options: Options, _folder: Path) -> Bay:
    from drivers.sim.escpos_presenter import SimulatedPresenter  # noqa: PLC0415
    from drivers.sim.escpos_printer import EscPosPrinterSimulator  # noqa: PLC0415

    # It answers GS r and smooths enlarged characters, as the printers of that profile do.
    model = options.get("model", "epson")
    simulator = EscPosPrinterSimulator(
        name,
        seed=int(options.get("seed", "1")),
        speed_mm_s=float(options.get("speed", "200")),
        presenter=SimulatedPresenter() if model.startswith("custom") else None,
    )
    return Bay(simulator, lambda: {"driver": "escpos", "url": simulator.endpoint, "model": model})


def _ippeveprinter(name: str, options: Options, _folder: Path) -> Bay:
    from drivers.sim.ipp_everywhere_printer import IppEverywherePrinter  # noqa: PLC0415

    spool = options.get("spool")
    simulator = IppEverywherePrinter(name, Path(spool) if spool else None)
    return Bay(simulator, lambda: {"driver": "ipp", "url": simulator.endpoint})


def _ipp_printer(name: str, options: Options, _folder: Path) -> Bay:
    from drivers.sim.ipp_printer import IppPrinterSimulator  # noqa: PLC0415

    simulator = IppPrinterSimulator(
        name, port=int(options.get("port", "0")), sheet_s=float(options.get("sheet_s", "1"))
    )
    return Bay(simulator, lambda: {"driver": "ipp", "url": simulator.endpoint})


def _sane(name: str, _options: Options, _folder: Path) -> Bay:
    from drivers.sim.sane_scanner import SaneScannerBench  # noqa: PLC0415

    simulator = SaneScannerBench(name)
    return Bay(
        simulator,
        lambda: {"driver": "sane", **simulator.options},
    )


def _serial_scanner(name: str, options: Options, folder: Path) -> Bay:
    from drivers.sim.code_scanner import CodeScannerSimulator  # noqa: PLC0415

    triggered = options.get("triggered", "1") == "1"
    simulator = CodeScannerSimulator(
        name,
        Path(options.get("link", folder / name)),
        seed=int(options.get("seed", "1")),
        triggered=triggered,
        phone=shlex.split(options.get("phone", "")),
    )
    profile = "syn" if triggered else "plain"
    return Bay(
        simulator,
        lambda: {"driver": "serial_scanner", "url": simulator.endpoint, "profile": profile},
    )


def _code_camera(name: str, options: Options, _folder: Path) -> Bay:
    from drivers.sim.code_camera import CodeCameraSimulator  # noqa: PLC0415

    simulator = CodeCameraSimulator(
        name, port=int(options.get("port", "0")), phone=shlex.split(options.get("phone", ""))
    )
    return Bay(simulator, lambda: {"driver": "camera_scanner", "device": simulator.endpoint})


def _uvc(name: str, options: Options, _folder: Path) -> Bay:
    from drivers.sim.camera import FaceCameraSimulator  # noqa: PLC0415

    simulator = FaceCameraSimulator(
        name, port=int(options.get("port", "0")), fps=float(options.get("fps", "20"))
    )
    return Bay(simulator, lambda: {"driver": "uvc", "device": simulator.endpoint})


def _modbus_board(name: str, options: Options, _folder: Path) -> Bay:
    from drivers.sim.modbus_board import (  # noqa: PLC0415
        BEEPER,
        INPUTS,
        LIGHTS,
        ModbusBoardSimulator,
    )

    link = options.get("link")
    simulator = ModbusBoardSimulator(
        name, port=int(options.get("port", "0")), link=Path(link) if link else None
    )
    wiring = {"lights": LIGHTS, "inputs": INPUTS, "beeper": str(BEEPER)}
    return Bay(simulator, lambda: {"driver": "modbus_board", "url": simulator.endpoint, **wiring})


def _vpcd(name: str, options: Options, _folder: Path) -> Bay:
    from drivers.sim.social_card import SocialCardSimulator  # noqa: PLC0415

    simulator = SocialCardSimulator(name, seed=int(options.get("seed", "1")))
    return Bay(
        simulator,
        lambda: {"driver": "pcsc", "reader": simulator.endpoint, "socket": simulator.socket},
    )


def _nut_ups(name: str, _options: Options, _folder: Path) -> Bay:
    from drivers.sim.nut_ups import UPS, NutDummyUps  # noqa: PLC0415

    simulator = NutDummyUps(name)
    return Bay(simulator, lambda: {"driver": "nut_ups", "url": simulator.endpoint, "ups": UPS})


def _link(name: str, options: Options, _folder: Path) -> Bay:
    from drivers.sim.network_link import NetworkLink  # noqa: PLC0415

    upstream = urlsplit(options["to"])
    simulator = NetworkLink(
        name,
        (upstream.hostname or "127.0.0.1", upstream.port or 80),
        port=int(options.get("port", "0")),
        scheme=upstream.scheme or "http",
    )
    return Bay(simulator, lambda: {"url": simulator.endpoint})


KINDS: Final[Mapping[str, Callable[[str, Options, Path], Bay]]] = {
    "sam_reader": _sam_reader,
    "escpos": _escpos,
    "ippeveprinter": _ippeveprinter,
    "ipp_printer": _ipp_printer,
    "sane": _sane,
    "serial_scanner": _serial_scanner,
    "code_camera": _code_camera,
    "uvc": _uvc,
    "modbus_board": _modbus_board,
    "vpcd": _vpcd,
    "nut_ups": _nut_ups,
    "link": _link,
}


class Bench:
    """Hosts simulators and the control socket.

    A simulator that cannot run on this machine (a program is missing) is left out and named in
    ``missing``; the others run.
    """

    def __init__(self, control: Path, bays: Sequence[Bay]) -> None:
        self._bays = {bay.simulator.name: bay for bay in bays}
        self._path = control
        self._control: BenchControl | None = None
        self.missing: dict[str, str] = {}

    def start(self) -> Mapping[str, Mapping[str, str]]:
        """Start all and listen; return the facts by slot. Raises ``OSError``; then nothing runs."""
        running: dict[str, Bay] = {}
        for name, bay in self._bays.items():
            try:
                bay.simulator.start()
            except ActionError as reason:
                self.missing[name] = str(reason)
            else:
                running[name] = bay
        self._control = BenchControl(self._path, [bay.simulator for bay in running.values()])
        try:
            self._control.start()
        except OSError:
            self.stop()
            raise
        return {name: dict(bay.facts()) for name, bay in running.items()}

    def stop(self) -> None:
        """Stop listening, then stop all."""
        if self._control is not None:
            self._control.stop()
        for bay in self._bays.values():
            bay.simulator.stop()


def bay_from(spec: str, folder: Path) -> Bay:
    """Build what ``NAME=KIND[,OPTION=VALUE…]`` says. Raises ``ValueError`` with one plain line.

    A comma within a value is written %2C, a percent sign %25.
    """
    name, _, rest = spec.partition("=")
    kind, *pairs = rest.split(",")
    factory = KINDS.get(kind)
    if not name or factory is None:
        raise ValueError(f"--slot {spec}: NAME=KIND, with KIND one of {', '.join(KINDS)}")
    options = {key: unquote(value) for key, _, value in (pair.partition("=") for pair in pairs)}
    try:
        return factory(name, options, folder)
    except (KeyError, ValueError) as wrong:
        raise ValueError(f"--slot {spec}: {wrong}") from wrong


def main(arguments: Sequence[str] | None = None) -> int:
    """Run until told to stop."""
    parser = argparse.ArgumentParser(prog="bench", description="Simulated devices on real wires.")
    parser.add_argument("--control", type=Path, required=True, help="the socket to listen at")
    parser.add_argument("--slot", action="append", default=[], help="NAME=KIND[,OPTION=VALUE…]")
    given = parser.parse_args(arguments)
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    try:
        bench = Bench(given.control, [bay_from(spec, given.control.parent) for spec in given.slot])
        facts = bench.start()
    except (ValueError, OSError) as reason:
        sys.stderr.write(f"bench: {reason}\n")
        return 2
    for name, why in bench.missing.items():
        sys.stderr.write(f"bench: {name} is left out: {why}\n")
    sys.stdout.write(json.dumps(facts, ensure_ascii=False) + "\n")
    sys.stdout.flush()
    ended.wait()
    bench.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
