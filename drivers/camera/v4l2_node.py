# SPDX-License-Identifier: Apache-2.0
"""What the kernel says of a video node, without starting the camera (its lamp stays dark).

A UVC camera has two nodes, and the second gives metadata in place of pictures: ``VIDIOC_QUERYCAP`` of the
kernel's Video4Linux interface tells them apart.
"""

from __future__ import annotations

import fcntl
import os
import struct
from dataclasses import dataclass
from typing import Final

_QUERYCAP: Final = 0x80685600
"""_IOR('V', 0, struct v4l2_capability)"""
_CAPABILITY: Final = struct.Struct("<16s32s32sIII12x")
_VIDEO_CAPTURE: Final = 0x00000001 | 0x00001000
"""Single-planar or multi-planar."""
_DEVICE_CAPS: Final = 0x80000000


@dataclass(frozen=True, slots=True)
class VideoNode:
    """A node under ``/dev``."""

    name: str
    bus: str
    gives_pictures: bool


def ask_node(path: str) -> VideoNode:
    """Ask the kernel. Raises ``OSError``: not there, no permission, or no video node (``ENOTTY``)."""
    fd = os.open(path, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        answer = fcntl.ioctl(fd, _QUERYCAP, bytes(_CAPABILITY.size))
    finally:
        os.close(fd)
    return read_capability(answer)


def read_capability(answer: bytes) -> VideoNode:
    """Read the kernel's structure."""
    _driver, card, bus, _version, whole, of_node = _CAPABILITY.unpack(answer)
    capabilities = of_node if whole & _DEVICE_CAPS else whole
    return VideoNode(_text(card), _text(bus), bool(capabilities & _VIDEO_CAPTURE))


def _text(field: bytes) -> str:
    return field.split(b"\0", 1)[0].decode("utf-8", "replace")
