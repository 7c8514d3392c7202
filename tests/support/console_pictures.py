# SPDX-License-Identifier: Apache-2.0
"""Pictures of every page of the console with a made-up fleet: ``python -m tests.support.console_pictures DIR``."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, sync_playwright

from central_platform.operations.alerts import look
from central_platform.testing import running_platform
from tests.support.console_asking import put_staff
from tests.support.console_fleet import OF_THE_HOST, PASSWORD, put_fleet

PAGES = {
    "fleet": "/",
    "terminal": f"/terminals/{OF_THE_HOST}",
    "command": f"/terminals/{OF_THE_HOST}/command?kind=restart_device&slot=page_printer",
    "alerts": "/alerts",
    "tickets": "/tickets",
    "ticket": "/tickets/GD000002",
    "items": "/items",
    "report": "/report?month=2026-11",
    "acts": "/acts",
    "password": "/password",
}
ON_A_TELEPHONE = ("fleet", "terminal", "alerts")
COLOURS = 96


def main(folder: Path) -> None:
    """Write the pictures into ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        for name, png in _taken(Path(scratch)):
            picture = (
                Image.open(BytesIO(png))
                .convert("RGB")
                .quantize(COLOURS, Image.Quantize.MAXCOVERAGE)
            )
            picture.save(folder / f"console-{name}.png", optimize=True)


def _taken(scratch: Path) -> Iterator[tuple[str, bytes]]:
    def now() -> datetime:
        return datetime(2026, 11, 24, 1, 30, tzinfo=UTC)

    with running_platform(scratch / "platform", now=now) as running, sync_playwright() as play:
        put_fleet(running.context)
        put_staff(running.context, OF_THE_HOST)
        look(running.context)
        browser = play.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        for language, width, wanted in (
            ("zh-CN", 1280, tuple(PAGES)),
            ("en-GB", 1280, ("fleet",)),
            ("zh-CN", 390, ON_A_TELEPHONE),
        ):
            page = browser.new_page(viewport={"width": width, "height": 800}, locale=language)
            page.goto(f"{running.url}/console/login")
            mark = ("-en" if language == "en-GB" else "") + ("-phone" if width < 800 else "")
            if not mark:
                yield "login", page.screenshot()
            page.fill("#login", "zhang")
            page.fill("#password", PASSWORD)
            page.keyboard.press("Enter")
            page.wait_for_url("**/console/")
            for name in wanted:
                yield f"{name}{mark}", _picture(page, f"{running.url}/console{PAGES[name]}")
            page.close()
        browser.close()


def _picture(page: Page, address: str) -> bytes:
    page.goto(address)
    return page.screenshot(full_page=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
