# SPDX-License-Identifier: Apache-2.0
"""Supervision: one operating-system process a device, and the door through which the core asks them."""

from drivers.host.device_host import DeviceHost
from drivers.host.job import Job
from drivers.host.policy import HostPolicy
from drivers.host.registry import DRIVERS, NOT_FITTED, DriverEntry
from drivers.host.supervision import SlotConfig

__all__ = [
    "DRIVERS",
    "NOT_FITTED",
    "DeviceHost",
    "DriverEntry",
    "HostPolicy",
    "Job",
    "SlotConfig",
]
