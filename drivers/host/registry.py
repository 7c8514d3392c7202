# SPDX-License-Identifier: Apache-2.0
"""The table of drivers. A new driver is one line here; nothing is registered by importing.

A driver is named ``module:Class`` and imported only inside its device process, where it is built as
``Class(slot, **options)``.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from drivers.core import Device, MisconfiguredError, Role

NOT_FITTED: Final = "none"
"""The driver name of a slot that is empty by design."""

OptionValue = str | int | float | bool


@dataclass(frozen=True, slots=True)
class DriverEntry:
    """Where a driver is and which role it plays."""

    target: str
    role: Role


DRIVERS: Final[Mapping[str, DriverEntry]] = MappingProxyType(
    {
        "sam_serial": DriverEntry("drivers.id_card.sam_serial:SamSerialReader", Role.ID_CARD),
        "sam_usb": DriverEntry("drivers.id_card.sam_usb:SamUsbReader", Role.ID_CARD),
        "serial_scanner": DriverEntry(
            "drivers.code_scanner.serial_scanner:SerialScanner", Role.CODE_SCANNER
        ),
        "camera_scanner": DriverEntry(
            "drivers.code_scanner.camera_scanner:CameraScanner", Role.CODE_SCANNER
        ),
        "uvc": DriverEntry("drivers.camera.uvc:UvcCamera", Role.CAMERA),
        "pcsc": DriverEntry("drivers.smart_card.pcsc:PcscReader", Role.SMART_CARD),
        "nut_ups": DriverEntry("drivers.signals.nut_ups:NutUps", Role.POWER),
        "modbus_board": DriverEntry("drivers.signals.modbus_board:ModbusBoard", Role.SIGNALS),
        "escpos": DriverEntry("drivers.receipt_printer.escpos:EscPosPrinter", Role.RECEIPT_PRINTER),
        "ipp": DriverEntry("drivers.page_printer.ipp:IppPrinter", Role.PAGE_PRINTER),
        "sane": DriverEntry("drivers.document_scanner.sane:SaneScanner", Role.DOCUMENT_SCANNER),
        "overhead_camera": DriverEntry(
            "drivers.document_scanner.overhead_camera:OverheadCamera", Role.DOCUMENT_SCANNER
        ),
    }
)


def build_driver(target: str, slot: str, options: Mapping[str, OptionValue]) -> Device:
    """Import and build a driver. Raises ``MisconfiguredError`` when that can never work."""
    module_name, _, class_name = target.partition(":")
    try:
        driver_class = getattr(importlib.import_module(module_name), class_name)
    except (ImportError, AttributeError):
        raise MisconfiguredError.because("dev.driver_missing", driver=target) from None
    try:
        driver = driver_class(slot, **options)
    except (TypeError, ValueError):
        raise MisconfiguredError.because("dev.bad_options", driver=target) from None
    if not isinstance(driver, Device):
        raise MisconfiguredError.because("dev.driver_missing", driver=target)
    return driver
