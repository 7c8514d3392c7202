# SPDX-License-Identifier: Apache-2.0
"""A camera before which a telephone is held: motion JPEG over HTTP, which the driver reads as any network camera.

It stands in for a USB camera, whose kernel module cannot be played here: USB itself is not part of it.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence

import numpy as np
import segno
from numpy.typing import NDArray
from PIL import Image

from drivers.sim.mjpeg_camera import MjpegCameraSimulator, bare_table
from drivers.sim.phone import fresh_code
from drivers.sim.simulator import ActionError, Value

_SIZE = (640, 480)
_CODE_PX = 260


class CodeCameraSimulator(MjpegCameraSimulator):
    """See :class:`drivers.sim.simulator.Simulator`. Actions besides those of its base: ``present``, ``remove``.

    ``phone`` is a command that prints a fresh code of the person whose number is appended to it; with it
    there is ``phone PERSON``, too.
    """

    def __init__(
        self,
        name: str = "code_scanner",
        port: int = 0,
        *,
        fps: float = 15,
        phone: Sequence[str] = (),
    ) -> None:
        super().__init__(name, port, fps=fps)
        self._phone = tuple(phone)
        self._codes: tuple[bytes, ...] = ()
        self.remove()

    def actions(self) -> Mapping[str, Callable[..., object]]:
        """Name what can be done."""
        base = super().actions()
        rest = {key: base[key] for key in base if key not in {"show", "clear"}}
        phone = {"phone": self.show_phone} if self._phone else {}
        return {**phone, "present": self.present, "remove": self.remove, **rest}

    def state(self) -> Mapping[str, Value]:
        """Tell how it is; never what a code says."""
        return {**super().state(), "codes": len(self._codes)}

    def present(self, *texts: str) -> None:
        """Hold one code, or several side by side, before it."""
        self.present_bytes(*(text.encode() for text in texts))

    def present_bytes(self, *codes: bytes) -> None:
        """Hold codes of these bytes before it."""
        if not 1 <= len(codes) <= 2:  # noqa: PLR2004 - more do not fit into the picture
            raise ActionError("one code or two")
        self._show_codes(codes)

    def show_phone(self, person: str) -> None:
        """Hold a telephone before it that shows a fresh code of this person; it stays there until removed."""
        self.present(fresh_code(self._phone, person))

    def remove(self) -> None:
        """Take the telephone away."""
        self._show_codes(())

    def frame(self) -> NDArray[np.uint8]:
        """Return the picture that is sent, as a JPEG."""
        return np.frombuffer(self._next_jpeg(), np.uint8)

    def _show_codes(self, codes: tuple[bytes, ...]) -> None:
        picture = bare_table(_SIZE)
        for place, code in enumerate(codes):
            _put(picture, _drawn(code), place, len(codes))
        self.show_picture(picture)
        self._codes = codes


def _drawn(code: bytes) -> NDArray[np.uint8]:
    """Return the symbol with its margin, grey."""
    packed = io.BytesIO()
    segno.make_qr(code).save(packed, kind="png", scale=4, border=4)
    packed.seek(0)
    with Image.open(packed) as drawn:
        sized = drawn.convert("L").resize((_CODE_PX, _CODE_PX), Image.Resampling.BILINEAR)
    return np.asarray(sized, dtype=np.uint8)


def _put(picture: NDArray[np.uint8], symbol: NDArray[np.uint8], place: int, of: int) -> None:
    width, height = _SIZE
    left = round((2 * place + 1) * width / (2 * of)) - _CODE_PX // 2
    top = (height - _CODE_PX) // 2
    picture[top : top + _CODE_PX, left : left + _CODE_PX] = symbol[:, :, None]
