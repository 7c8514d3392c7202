# SPDX-License-Identifier: Apache-2.0
"""A document scanner for the bench: SANE's own ``pnm`` backend behind the real ``scanimage``.

The backend delivers a picture file bit for bit and can be told to fail. Since its faults are options of a
call, a small wrapper program stands between: it is what the driver runs, adds the fault that the bench set,
and leaves out what this backend has no option for. The backend has no feeder: the wrapper plays one by
calling ``scanimage`` once a sheet, and says in the list of options that there is one.
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
_SHEET_PX: Final = (620, 877)
_GLASS_PX: Final = (1417, 1063)
"""120 × 90 mm of the glass at 300 dots per inch: where a card lies."""
_CARD_PX: Final = (1011, 638)
"""85.6 × 53.98 mm (ISO/IEC 7810 ID-1) at 300 dots per inch."""
_PAPERS: Final = ("page", "card_front", "card_back", "nothing")
_MOST_SHEETS: Final = 50

_OPTIONS: Final = """\
    --source Flatbed|ADF|ADF Duplex [Flatbed]
        Where the paper lies: on the glass or in the feeder.
"""
_WRAPPER: Final = """#!/bin/sh
# The bench's scanner: scanimage with the pnm backend, one fault at a time.
here=$(dirname "$0")
scan=1 list=0 batch= most=1 sides="front"
for option do
  shift
  case $option in
    "--source=ADF Duplex") sides="front back" ;;
    --resolution=*|--mode=*|--source=*|--batch-start=*) ;;
    --batch=*) batch=${option#--batch=} ;;
    --batch-count=*) most=${option#--batch-count=} ;;
    --dont-scan) scan=0; set -- "$@" "$option" ;;
    --all-options) scan=0; list=1; set -- "$@" --dont-scan ;;
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
if [ $list = 1 ]; then scanimage "$@" || exit; exec cat "$here/options"; fi
fault=$(cat "$here/fault" 2>/dev/null)
if [ -z "$batch" ]; then
  if [ $scan = 1 ]; then sleep 0.4; set -- "$@" --filename "$here/page.ppm" $fault; fi
  if [ -e "$here/slow" ] && [ $scan = 1 ]; then
    scanimage "$@" >"$here/picture"
    status=$?
    dd "if=$here/picture" bs=1 2>/dev/null
    exit $status
  fi
  exec scanimage "$@"
fi
given=0
while [ $given -lt $most ]; do
  left=$(cat "$here/sheets")
  [ "$left" -gt 0 ] || { [ -n "$fault" ] || exit 7; }
  good=$(cat "$here/good_sheets")
  now=$fault
  if [ "$good" -gt 0 ]; then now=; echo $((good - 1)) > "$here/good_sheets"; fi
  for side in $sides; do
    [ $given -lt $most ] || break
    given=$((given + 1))
    to=$(printf "$batch" $given)
    scanimage "$@" --filename "$here/sheet-$side-$left.ppm" $now > "$to.part" || exit
    mv "$to.part" "$to"
  done
  echo $((left - 1)) > "$here/sheets"
done
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
        self._lies = ""

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

    @property
    def options(self) -> Mapping[str, str]:
        """What a configuration says of it."""
        return {"device": self.endpoint, "config_dir": self.config_dir, "program": self.program}

    def start(self) -> None:
        """Make the folder, a page on the glass, a few sheets in the feeder.

        Raises ``ActionError`` when SANE is missing.
        """
        if self._folder is not None:
            return
        if not is_installed():
            raise ActionError("needs scanimage (sane-utils)")
        self._folder = tempfile.TemporaryDirectory(prefix="hall24-scan-")
        folder = self._path()
        (folder / "dll.conf").write_text("pnm\n")
        (folder / "options").write_text(_OPTIONS)
        wrapper = folder / "scanimage-bench"
        wrapper.write_text(_WRAPPER)
        wrapper.chmod(0o700)
        self._lay("page")
        self._load("3")
        self._set_fault("")

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
            "lay": self._lay,
            "load": self._load,
            "jam_after": lambda sheets: self._set_fault("jam", _count(sheets)),
            "freeze": lambda: self._flag("frozen", on=True),
            "thaw": lambda: self._flag("frozen", on=False),
            "unplug": lambda: self._flag("unplugged", on=True),
            "replug": lambda: self._flag("unplugged", on=False),
        }

    def state(self) -> Mapping[str, Value]:
        """Tell what lies there and which fault is set."""
        sheets = int((self._path() / "sheets").read_text()) if self._folder is not None else 0
        return {"fault": self._fault, "lies": self._lies, "sheets": sheets}

    def _path(self) -> Path:
        if self._folder is None:
            raise ActionError("the scanner is not started")
        return Path(self._folder.name)

    def _lay(self, paper: str = "page") -> str:
        """Put a page, one side of a card, or nothing on the glass."""
        if paper not in _PAPERS:
            raise ActionError(f"one of {', '.join(_PAPERS)}")
        drawn = _draw_page("") if paper == "page" else _draw_glass(paper)
        new = self._path() / "page.new"
        drawn.save(new, "PPM")
        new.replace(self._path() / "page.ppm")  # never half of one while somebody scans
        self._lies = paper
        return paper

    def _load(self, sheets: str = "3") -> int:
        """Put so many numbered sheets into the feeder, in place of what lay there."""
        count, folder = _count(sheets), self._path()
        for old in folder.glob("sheet-*.ppm"):
            old.unlink()
        for left in range(1, count + 1):  # the wrapper counts down
            for side, words in (("front", "正面"), ("back", "反面")):
                page = _draw_page(f"{count - left + 1}/{count} {words}").resize(_SHEET_PX)
                page.save(folder / f"sheet-{side}-{left}.ppm")
        (folder / "sheets").write_text(f"{count}\n")
        return count

    def _set_fault(self, name: str, good_sheets: int = 0) -> str:
        (self._path() / "good_sheets").write_text(f"{good_sheets}\n")
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


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) > _MOST_SHEETS:
        raise ActionError(f"a number up to {_MOST_SHEETS}")
    return int(text)


def _draw_page(note: str) -> Image.Image:
    """Draw a page that nobody could take for a real paper."""
    page = Image.new("RGB", _A4_AT_150_DPI, "#fbf7ef")
    draw = ImageDraw.Draw(page)
    large, small = _font(72), _font(36)
    draw.rectangle((90, 90, 1150, 1664), outline="#8a1f1f", width=6)
    draw.text((620, 260), "居民户口簿", fill="#8a1f1f", font=large, anchor="mm")
    draw.text((620, 380), "样本 · 仅供演示 (specimen)", fill="#444444", font=small, anchor="mm")
    draw.text((620, 450), note, fill="#444444", font=large, anchor="mm")
    for row in range(9):
        y = 520 + row * 110
        draw.line((160, y, 1080, y), fill="#b9a58f", width=3)
    return page


def _draw_glass(paper: str) -> Image.Image:
    """Draw a part of the glass under its white lid, with one side of a made-up card on it."""
    glass = Image.new("RGB", _GLASS_PX, "#f2f2f0")
    if paper == "nothing":
        return glass
    left, top = 170, 210
    width, height = _CARD_PX
    draw = ImageDraw.Draw(glass)
    draw.rounded_rectangle((left + 4, top + 5, left + width + 4, top + height + 5), 38, "#d4d4d2")
    draw.rounded_rectangle((left, top, left + width, top + height), 38, "#cfe0dd")
    large, small = _font(84), _font(40)
    ink = "#26323a"
    if paper == "card_front":
        for row, words in enumerate(("姓名　样例人", "性别　女　民族　汉", "出生　1990年1月1日")):
            draw.text((left + 70, top + 70 + row * 90), words, fill=ink, font=small)
        draw.text((left + 70, top + 520), "样本证件　000000", fill=ink, font=small)
        draw.rectangle((left + 680, top + 80, left + 930, top + 430), fill="#9fb4c8")
        draw.ellipse((left + 740, top + 120, left + 870, top + 270), fill="#7d6a60")
        draw.ellipse((left + 705, top + 280, left + 905, top + 520), fill="#46506a")
    else:
        draw.ellipse((left + 70, top + 60, left + 260, top + 250), fill="#c84b3c")
        draw.text((left + 620, top + 130), "样本证件", fill=ink, font=large, anchor="mm")
        draw.text((left + 620, top + 250), "仅供演示", fill=ink, font=large, anchor="mm")
        draw.text((left + 200, top + 450), "签发机关　样例市样例局", fill=ink, font=small)
        draw.text((left + 200, top + 530), "有效期限　2020.01.01-2040.01.01", fill=ink, font=small)
    return glass


def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    try:
        return ImageFont.truetype(_FONT, size)
    except OSError:
        return ImageFont.load_default(size)
