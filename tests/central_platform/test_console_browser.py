# SPDX-License-Identifier: Apache-2.0
"""The console in Debian's Chromium: what axe finds, telephone width, keyboard alone, parts that refresh themselves."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from central_platform.console.words import all_words
from central_platform.testing import RunningPlatform
from tests.central_platform.conftest import ON_SQLITE
from tests.support.console_fleet import FLEET, OF_THE_HOST, PASSWORD, SECRET_WORDS

pytestmark = [pytest.mark.daemon, ON_SQLITE]

CHROMIUM = "/usr/bin/chromium"
PATIENCE_MS = 60_000
PAGES = (
    "/",
    "/?health=down",
    "/?text=nowhere",
    f"/terminals/{OF_THE_HOST}",
    f"/terminals/{FLEET[6].id}",
    f"/terminals/{OF_THE_HOST}/command?kind=self_test&slot=id_card",
    "/alerts",
    "/tickets",
    "/tickets/GD000002",
    "/items",
    "/report?month=2026-11",
    "/acts",
    "/password",
    "/nowhere",
)
WIDTHS = (390, 1440)
LANGUAGES = {"zh": "zh-CN", "en": "en-GB"}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Run one browser for all tests of this module."""
    with sync_playwright() as play:
        # CI runs as root, where Chromium's own sandbox cannot be set up.
        running = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield running
        running.close()


@pytest.fixture
def open_page(browser: Browser) -> Iterator[Any]:
    """``open_page(language, width)`` gives a page of a browser of its own; what it complains of fails the test."""
    opened: list[BrowserContext] = []
    complaints: list[str] = []

    def fresh(language: str = "zh", width: int = 1440) -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": 900}, locale=LANGUAGES[language]
        )
        context.set_default_timeout(PATIENCE_MS)
        opened.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on(
            "console",
            lambda said: (
                complaints.append(said.text) if said.type in {"error", "warning"} else None
            ),
        )
        return page

    yield fresh
    for context in opened:
        context.close()
    # A page that is not there, and a request that a test cut, are said by the browser, too.
    expected = ("Failed to load resource", "htmx:sendError", "htmx:afterRequest")
    assert [each for each in complaints if not any(part in each for part in expected)] == []


def log_in(page: Page, console: RunningPlatform, name: str = "zhang") -> None:
    page.goto(f"{console.url}/console/")
    page.fill("#login", name)
    page.fill("#password", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/console/")


def findings(page: Page) -> list[str]:
    """Return what keeps people out of this page, and what sticks out of it sideways."""
    found = [
        f"{each['id']}: {each['nodes'][0]['html'][:120]}"
        for each in Axe().run(page).response["violations"]
    ]
    sticks_out = page.evaluate(
        "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )
    return [*found, *(["sticks out sideways"] if sticks_out > 0 else [])]


@pytest.mark.parametrize("language", LANGUAGES)
def test_nobody_is_kept_out_of_any_page(
    console: RunningPlatform, open_page: Any, language: str
) -> None:
    page = open_page(language)
    page.goto(f"{console.url}/console/login")
    wrong = [f"login: {each}" for each in findings(page)]
    log_in(page, console)
    for path in PAGES:
        page.goto(f"{console.url}/console{path}")
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            wrong += [f"{path} at {width}: {each}" for each in findings(page)]
    assert wrong == []


def test_the_cookie_is_out_of_reach_of_scripts(console: RunningPlatform, open_page: Any) -> None:
    page = open_page()
    log_in(page, console)
    assert page.evaluate("document.cookie") == ""
    (held,) = (each for each in page.context.cookies() if each["name"] == "hall24_console")
    assert (held["httpOnly"], held["sameSite"]) == (True, "Strict")


def test_everything_is_done_by_keyboard_alone(console: RunningPlatform, open_page: Any) -> None:
    page = open_page("en")
    page.goto(f"{console.url}/console/")
    page.keyboard.type("zhang")  # the first field has the focus
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/console/")
    page.keyboard.press("Tab")
    expect(page.locator(":focus")).to_have_text("Skip to the page")
    page.keyboard.press("Enter")
    go_to(page, f"#t-{OF_THE_HOST}")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/terminals/{OF_THE_HOST}")
    go_to(page, "#do-restart_device-page_printer")
    page.keyboard.press("Enter")
    page.wait_for_url("**/command?**")
    go_to(page, "main button.primary")
    page.keyboard.press("Enter")
    page.wait_for_url("**ordered=true**")
    expect(page.get_by_role("status").filter(has_text="It is queued")).to_be_visible()
    first = page.locator("#commands tbody tr").first
    expect(first).to_contain_text("Restart")
    expect(first).to_contain_text("Waiting for a quiet moment")


def go_to(page: Page, selector: str) -> None:
    """Press Tab until the element has the focus, and the focus is seen."""
    for _ in range(120):
        page.keyboard.press("Tab")
        if page.evaluate("wanted => document.activeElement.matches(wanted)", selector):
            break
    focused = page.locator(selector)
    expect(focused).to_be_focused()
    assert focused.evaluate("each => getComputedStyle(each).outlineStyle") == "solid"


def test_a_list_that_refreshes_itself_keeps_the_focus_and_says_when_it_is_old(
    console: RunningPlatform, open_page: Any
) -> None:
    page = open_page()
    page.clock.install()
    log_in(page, console)
    page.locator(f"#t-{OF_THE_HOST}").focus()
    page.locator("#fleet").evaluate("each => each.dataset.mark = 'before'")
    clock: Any = console.context.now
    clock.go(minutes=10)
    with page.expect_response("**/fleet-part*"):
        page.clock.run_for(16_000)
    expect(page.locator("#fleet:not([data-mark])")).to_be_visible()
    expect(page.locator(f"#t-{OF_THE_HOST}")).to_be_focused()
    assert int(page.locator("#tile-down b").inner_text()) >= 10  # nobody was heard for ten minutes
    expect(page.locator("#stale")).to_be_hidden()
    page.route("**/fleet-part*", lambda route: route.abort())
    page.clock.run_for(16_000)
    expect(page.locator("#stale")).to_be_visible()
    page.unroute("**/fleet-part*")
    clock.go(minutes=40)  # longer than a log-in without a person lasts
    page.clock.run_for(16_000)
    page.wait_for_url("**/console/login?ended=1")
    expect(page.get_by_role("alert")).to_have_text(all_words()["login.ended"]["zh"])


def test_an_alert_is_taken_and_resolved(console: RunningPlatform, open_page: Any) -> None:
    page = open_page("en", 390)
    log_in(page, console)
    page.get_by_role("link", name="Alerts").click()
    unseen = page.locator("section", has=page.get_by_role("heading", name="Nobody sees to it"))
    before = unseen.locator("tbody tr").count()
    unseen.get_by_role("button", name="I see to it").first.click()
    expect(unseen.locator("tbody tr")).to_have_count(before - 1)
    seen = page.locator("section", has=page.get_by_role("heading", name="Somebody sees to it"))
    expect(seen).to_contain_text("zhang")
    seen.get_by_role("button", name="Resolved").click()
    past = page.locator("section", has=page.get_by_role("heading", name="Over within a week"))
    expect(past).to_contain_text("resolved by zhang")


def test_a_residents_words_are_shown_when_asked_for_and_that_is_written_down(
    console: RunningPlatform, open_page: Any
) -> None:
    page = open_page("en")
    log_in(page, console)
    page.goto(f"{console.url}/console/tickets")
    page.get_by_role("link", name="GD000003").click()
    assert SECRET_WORDS not in page.content()
    page.get_by_role("button", name="Show it").click()
    expect(page.get_by_text(SECRET_WORDS)).to_be_visible()
    page.get_by_role("link", name="Record").click()
    expect(page.get_by_role("row").filter(has_text="GD000003").first).to_contain_text(
        "looked at a resident's words"
    )


def test_a_ticket_is_taken_answered_and_closed(console: RunningPlatform, open_page: Any) -> None:
    page = open_page("en", 390)
    log_in(page, console)
    page.goto(f"{console.url}/console/tickets/GD000001")
    page.get_by_role("button", name="I take it").click()
    for done, button in (
        ("Called back, the printer is mended.", "The resident was answered"),
        ("Well again.", "Close it"),
    ):
        page.get_by_role("textbox", name="What was done").fill(done)
        page.get_by_role("button", name=button).click()
        expect(page.get_by_role("cell", name=done)).to_be_visible()
    expect(page.get_by_role("button", name="Close it")).to_have_count(0)


def test_on_paper_there_is_the_list_and_no_menu(console: RunningPlatform, open_page: Any) -> None:
    page = open_page()
    log_in(page, console)
    page.emulate_media(media="print")
    expect(page.locator(".nav")).to_be_hidden()
    expect(page.locator("#fleet table")).to_be_visible()
