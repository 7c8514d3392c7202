# SPDX-License-Identifier: Apache-2.0
"""A document scanner for the bench: SANE's own ``pnm`` backend behind the real ``scanimage``.

The backend delivers a picture file bit for bit and can be told to fail like a feeder. Since its faults
are options of a call, a small wrapper program stands between: it is what the driver runs, adds the fault
that the bench set, and leaves out what this backend has no option for.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from PIL import Image, ImageDraw, ImageFont

from drivers.sim.simulator import ActionError, Value

_FAULTS: Final = {
    "jam": "--status-jammed=yes",
    "cover_open": "--status-coveropen=yes",
    "no_documents": "--status-nodocs=yes",
    "io_error": "--status-ioerror=yes",
}
_FONT: Final = "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc"
_A4_AT_150_DPI: Final = (1240, 1754)

_WRAPPER: Final = """#!/bin/sh
# The bench's scanner: scanimage with the pnm backend, one fault at a time.
here=$(dirname "$0")
scan=1
for option do
  shift
  case $option in
    --resolution=*|--mode=*|--source=*) ;;
    --dont-scan) scan=0; set -- "$@" "$option" ;;
    *) set -- "$@" "$option" ;;
  esac
done
[ -e "$here/unplugged" ] && exit 1
while [ -e "$here/frozen" ]; do
  [ -e "$here/unplugged" ] && exit 9
  sleep 0.05
done
# What a broken vendor plug-in does: it says that all is well, and it is not.
[ -e "$here/garbage" ] && { head -c 3000 /dev/zero; exit 0; }
fault=$(cat "$here/fault" 2>/dev/null)
if [ $scan = 1 ]; then sleep 0.4; set -- "$@" --filename "$here/page.ppm" $fault; fi
if [ -e "$here/slow" ] && [ $scan = 1 ]; then
  scanimage "$@" >"$here/picture"
  status=$?
  dd "if=$here/picture" bs=1 2>/dev/null
  exit $status
fi
exec scanimage "$@"
"""


def is_installed() -> bool:
    """Tell whether ``scanimage`` is on the machine."""
    return shutil.which("scanimage") is not None


class SaneScannerBench:
    """A folder with a private SANE configuration, a synthetic page and the wrapper."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._fault = ""

    @property
    def endpoint(self) -> str:
        """The SANE device name; ``program`` and ``config_dir`` go with it."""
        return "pnm:0"

    @property
    def program(self) -> str:
        """The wrapper that the driver runs instead of ``scanimage``."""
        return str(self._path() / "scanimage-bench")

    @property
    def config_dir(self) -> str:
        """The private SANE_CONFIG_DIR."""
        return str(self._path())

    def start(self) -> None:
        """Make the folder and the page. Raises ``ActionError`` when SANE is missing."""
        if self._folder is not None:
            return
        if not is_installed():
            raise ActionError("needs scanimage (sane-utils)")
        self._folder = tempfile.TemporaryDirectory(prefix="hall24-scan-")
        folder = self._path()
        (folder / "dll.conf").write_text("pnm\n")
        wrapper = folder / "scanimage-bench"
        wrapper.write_text(_WRAPPER)
        wrapper.chmod(0o700)
        _draw_page().save(folder / "page.ppm")

    def stop(self) -> None:
        """Remove the folder. Never raises."""
        if self._folder is not None:
            self._folder.cleanup()
            self._folder = None

    def actions(self) -> Mapping[str, Callable[..., object]]:
        """Faults of a feeder, freezing and unplugging."""
        faults: dict[str, Callable[..., object]] = {
            name: (lambda name=name: self._set_fault(name)) for name in _FAULTS
        }
        return {
            **faults,
            "clear": self._clear,
            "garbage": lambda: self._flag("garbage", on=True),
            "slow": lambda: self._flag("slow", on=True),
            "freeze": lambda: self._flag("frozen", on=True),
            "thaw": lambda: self._flag("frozen", on=False),
            "unplug": lambda: self._flag("unplugged", on=True),
            "replug": lambda: self._flag("unplugged", on=False),
        }

    def state(self) -> Mapping[str, Value]:
        """Tell which fault is set."""
        return {"fault": self._fault}

    def _path(self) -> Path:
        if self._folder is None:
            raise ActionError("the scanner is not started")
        return Path(self._folder.name)

    def _set_fault(self, name: str) -> str:
        (self._path() / "fault").write_text(_FAULTS.get(name, ""))
        self._fault = name
        return name

    def _clear(self) -> str:
        for name in ("garbage", "slow"):
            self._flag(name, on=False)
        return self._set_fault("")

    def _flag(self, name: str, *, on: bool) -> bool:
        flag = self._path() / name
        if on:
            flag.touch()
        else:
            flag.unlink(missing_ok=True)
        return on


def _draw_page() -> Image.Image:
    """Draw a page that nobody could take for a real paper."""
    page = Image.new("RGB", _A4_AT_150_DPI, "#fbf7ef")
    draw = ImageDraw.Draw(page)
    large, small = _font(72), _font(36)
    draw.rectangle((90, 90, 1150, 1664), outline="#8a1f1f", width=6)
    draw.text((620, 260), "居民户口簿", fill="#8a1f1f", font=large, anchor="mm")
    draw.text((620, 380), "样本 · 仅供演示 (specimen)", fill="#444444", font=small, anchor="mm")
    for row in range(9):
        y = 520 + row * 110
        draw.line((160, y, 1080, y), fill="#b9a58f", width=3)
    return page


def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    try:
        return ImageFont.truetype(_FONT, size)
    except OSError:
        return ImageFont.load_default(size)
