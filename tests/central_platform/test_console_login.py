# SPDX-License-Identifier: Apache-2.0
"""Coming into the console: passwords, tries, cookies, forms of strangers, ends of a log-in, headers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests
from sqlalchemy import select

from central_platform.console.access import CONSOLE_CALLERS, page_access
from central_platform.console.accounts import (
    CONSOLE_ROLES,
    AccountError,
    NewAccount,
    add_account,
    end_account,
    set_password,
)
from central_platform.console.app import create_console
from central_platform.console.words import all_words
from central_platform.storage.console import ConsoleSession, StaffAccount, StaffAct
from central_platform.testing import RunningPlatform
from tests.central_platform.conftest import ON_SQLITE
from tests.support.console_asking import NAMES, Visit
from tests.support.console_fleet import FLEET, OF_THE_HOST, PASSWORD

pytestmark = ON_SQLITE

MINE, OTHERS = OF_THE_HOST, FLEET[4].id


@pytest.fixture
def visit(console: RunningPlatform) -> Iterator[Visit]:
    with Visit(console.url) as browser:
        yield browser


def later(console: RunningPlatform, **by: float) -> None:
    clock: Any = console.context.now
    clock.go(**by)


def acts(console: RunningPlatform, act: str) -> list[StaffAct]:
    with console.context.database.read() as session:
        return list(session.scalars(select(StaffAct).where(StaffAct.act == act)))


# --- passwords and tries ------------------------------------------------------------------------


def test_who_knows_the_password_is_let_in_and_leaves_again(
    console: RunningPlatform, visit: Visit
) -> None:
    assert visit.get("/").headers["Location"] == "/console/login"
    answer = visit.log_in()
    assert (answer.status_code, answer.headers["Location"]) == (303, "/console/")
    assert visit.get("/").status_code == 200
    held = dict(visit.session.cookies)
    left = visit.post("/logout", seen_at="/")
    assert left.headers["Location"] == "/console/login"
    visit.session.cookies.update(held)  # a cookie that somebody copied opens nothing any more
    assert visit.get("/").headers["Location"] == "/console/login?ended=1"
    assert {act.by for act in acts(console, "logout")} == {"zhang"}


def test_nothing_of_a_password_is_stored_and_every_account_has_its_own_salt(
    console: RunningPlatform,
) -> None:
    with console.context.database.read() as session:
        stored = list(session.scalars(select(StaffAccount.password)))
        cookies = list(session.scalars(select(ConsoleSession.sha256)))
    assert all(each.startswith("$argon2id$v=19$m=65536,t=3,p=4$") for each in stored)
    assert len(set(stored)) == len(stored) == 3
    assert all(re.fullmatch("[0-9a-f]{64}", each) for each in cookies)


def test_after_five_tries_a_name_is_locked_and_strangers_names_look_the_same(
    console: RunningPlatform, visit: Visit
) -> None:
    for name in (NAMES["auditor"], "nobody"):
        seen = [visit.post("/login", login=name, password="wrong words").text for _ in range(5)]
        assert len({re.sub('value="[^"]*"', "", each) for each in seen}) == 1
        assert all_words()["login.wrong"]["zh"] in seen[0]
        locked = visit.post("/login", login=name, password=PASSWORD)
        assert locked.status_code == 429
        assert all_words()["login.locked"]["zh"] in locked.text
    later(console, minutes=16)
    assert visit.log_in("auditor").status_code == 303
    tried = acts(console, "login_refused")
    assert {act.by for act in tried} == {"chen"}  # what strangers typed is not written down
    assert len(tried) == 5


def test_tries_at_the_same_moment_do_not_get_past_the_count(console: RunningPlatform) -> None:
    later(console, hours=1)

    def attempt(_number: int) -> int:
        with Visit(console.url) as browser:
            return browser.post("/login", login="liu", password="wrong words").status_code

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(attempt, range(12)))
    assert answers.count(403) == 5
    assert answers.count(429) == 7
    set_password(console.context, "liu", PASSWORD, by="tests")  # a lock falls with a new password
    with Visit(console.url) as browser:
        assert browser.log_in("host").status_code == 303


@pytest.mark.parametrize(
    ("login", "password", "code"),
    [
        ("Zhang Min", PASSWORD, "account.login"),
        ("zhang", PASSWORD, "account.exists"),
        ("wang", "short", "account.password_length"),
        ("wang", "aaaaaaaaaaaa", "account.password_plain"),
        ("wangxiaoming", "WangXiaoMing", "account.password_plain"),
    ],
)
def test_accounts_that_cannot_be_made(
    console: RunningPlatform, login: str, password: str, code: str
) -> None:
    with pytest.raises(AccountError) as refused:
        add_account(console.context, NewAccount(login, "王", "operator"), password, by="tests")
    assert refused.value.code == code


def test_another_password_ends_every_log_in_and_needs_the_one_of_now(
    console: RunningPlatform, visit: Visit
) -> None:
    add_account(console.context, NewAccount("wang", "王", "auditor"), PASSWORD, by="tests")
    visit.post("/login", login="wang", password=PASSWORD)
    with Visit(console.url) as elsewhere:
        elsewhere.post("/login", login="wang", password=PASSWORD)
        fields = {
            "password": "wrong words",
            "new": "quiet rain at dusk",
            "again": "quiet rain at dusk",
        }
        assert visit.post("/password", **fields).status_code == 403
        fields["password"] = PASSWORD
        assert visit.post("/password", **{**fields, "again": "something else"}).status_code == 422
        assert visit.post("/password", **fields).headers["Location"] == "/console/login"
        assert elsewhere.get("/").status_code == 303
    assert visit.post("/login", login="wang", password=PASSWORD).status_code == 403
    assert visit.post("/login", login="wang", password="quiet rain at dusk").status_code == 303
    end_account(console.context, "wang", by="tests")
    assert visit.get("/").status_code == 303
    assert visit.post("/login", login="wang", password="quiet rain at dusk").status_code == 403


# --- how a log-in ends --------------------------------------------------------------------------


def test_a_page_that_refreshes_itself_keeps_no_log_in_alive(
    console: RunningPlatform, visit: Visit
) -> None:
    visit.log_in()
    for _ in range(4):
        later(console, minutes=10)
        answer = visit.get("/fleet-part", headers={"HX-Request": "true"})
    assert answer.headers["HX-Redirect"] == "/console/login?ended=1"
    assert visit.get("/").headers["Location"] == "/console/login"


def test_who_does_something_stays_until_the_last_end(
    console: RunningPlatform, visit: Visit
) -> None:
    visit.log_in()
    for _ in range(24):
        later(console, minutes=25)
        assert visit.get("/").status_code == 200
    later(console, minutes=25)
    assert visit.get("/").status_code == 303


# --- cookies, forms, headers --------------------------------------------------------------------


def cookie_line(answer: requests.Response, name: str) -> str:
    lines = answer.raw.headers.getlist("Set-Cookie")
    return next(line for line in lines if line.startswith(name))


def test_the_cookie_is_for_this_browser_and_this_site_alone(console: RunningPlatform) -> None:
    with Visit(console.url) as browser:
        line = cookie_line(browser.log_in(), "hall24_console=").lower()
        assert "httponly" in line
        assert "samesite=strict" in line
        assert "secure" not in line  # loopback: no wire to listen at
    with Visit(console.url, Host="console.example") as browser:
        line = cookie_line(browser.get("/login"), "__Host-hall24_login=").lower()
        assert {"secure", "httponly", "samesite=strict", "path=/"} <= {
            part.strip() for part in line.split(";")
        }
        # Over plain HTTP a browser keeps no such cookie: nobody gets in, and the page says why.
        refused = browser.bare_post("/login", login="zhang", password=PASSWORD)
        assert refused.status_code == 403
        assert all_words()["error.cookies.next"]["zh"] in refused.text


def test_no_form_works_without_the_token_of_its_own_log_in(
    console: RunningPlatform, visit: Visit
) -> None:
    visit.log_in()
    with Visit(console.url) as other:
        other.log_in()
        page = other.get("/").text
    theirs = re.search(r'name="csrf" value="([0-9a-f]{64})"', page)
    assert theirs is not None
    posts = [row for row in page_access(create_console(console.context)) if row.method == "POST"]
    assert len(posts) >= 5
    for row in posts:
        path = re.sub(r"{\w+}", MINE, row.path).removeprefix("/console")
        for fields in ({}, {"csrf": "0" * 64}, {"csrf": theirs[1]}):
            answer = visit.bare_post(path, **fields)
            assert answer.status_code == 403, path
            assert all_words()["error.form.title"]["zh"] in answer.text, path
    assert visit.get("/").status_code == 200  # still logged in: not even the log-out worked


@pytest.mark.parametrize(
    "headers",
    [{"Origin": "https://elsewhere.example"}, {"Sec-Fetch-Site": "cross-site"}],
    ids=["origin", "fetch metadata"],
)
def test_a_form_that_another_site_sent_is_refused(visit: Visit, headers: dict[str, str]) -> None:
    visit.log_in()
    visit.session.headers.update(headers)
    assert visit.post("/logout", seen_at="/").status_code == 403


def test_a_form_that_is_no_form_or_endless_is_refused(visit: Visit) -> None:
    visit.log_in()
    for body, kind in ((b"{}", "application/json"), (b"\xff" * 60, "multipart/form-data")):
        answer = visit.session.post(
            visit.url + "/logout", data=body, headers={"Content-Type": kind}, timeout=30
        )
        assert answer.status_code == 403
    assert visit.bare_post("/logout", csrf="x" * 40_000).status_code == 413


def test_every_answer_tells_the_browser_to_trust_nothing_but_our_files(visit: Visit) -> None:
    answers = [visit.get("/login"), visit.get("/"), visit.get("/nowhere"), visit.get("/static/x")]
    visit.log_in()
    answers += [visit.get("/"), visit.get("/static/htmx.min.js"), visit.bare_post("/logout")]
    for answer in answers:
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert answer.headers["X-Frame-Options"] == "DENY"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Referrer-Policy"] == "same-origin"
    assert visit.get("/").headers["Cache-Control"] == "no-store"
    assert "immutable" in visit.get("/static/console.css").headers["Cache-Control"]
    for page in (visit.get("/"), visit.get("/login")):
        assert not re.search(r"<script(?![^>]*\ssrc=)|\sstyle=|<style|\son\w+=", page.text)


@pytest.mark.parametrize(
    "back",
    ["//evil.example", "/\\evil.example", "https://evil.example", "/%2f%2fevil.example", "/../x"],
)
def test_choosing_a_language_leads_nowhere_else(visit: Visit, back: str) -> None:
    answer = visit.get("/language", params={"to": "en", "back": back})
    assert answer.headers["Location"] == "/console/"
    assert "Log in" in visit.get("/login").text


# --- who sees what ------------------------------------------------------------------------------


def test_each_page_lets_in_whom_the_table_says_and_nobody_else(console: RunningPlatform) -> None:
    table = page_access(create_console(console.context))
    assert len(table) > 10
    for caller in CONSOLE_CALLERS:
        with Visit(console.url) as browser:
            for row in table:
                if caller in CONSOLE_ROLES and browser.get("/password").status_code != 200:
                    browser.log_in(next(role for role in CONSOLE_ROLES if role == caller))
                path = re.sub(r"{\w+}", MINE, row.path).removeprefix("/console")
                answer = browser.get(path) if row.method == "GET" else browser.bare_post(path)
                turned_away = answer.headers.get("Location", "").startswith("/console/login")
                role_refused = all_words()["error.role.title"]["zh"] in answer.text
                let_in = not turned_away and not role_refused
                assert let_in == (caller in row.allowed), (row.method, row.path, caller)


def test_a_host_sees_its_own_terminals_and_no_others(visit: Visit) -> None:
    visit.log_in("host")
    page = visit.get("/").text
    assert MINE in page
    assert not [made.id for made in FLEET if made.id != MINE and made.id in page]
    assert visit.get(f"/terminals/{MINE}").status_code == 200
    for path in (f"/terminals/{OTHERS}", f"/terminals/{OTHERS}/part", "/terminals/nowhere"):
        assert visit.get(path).status_code == 404


def test_a_staff_token_and_a_terminals_token_open_no_page(console: RunningPlatform) -> None:
    from central_platform.api.access import access_token  # noqa: PLC0415 - only here
    from central_platform.api.roles import new_staff_token  # noqa: PLC0415

    token, _ = new_staff_token(console.context, "somebody", "operator")
    for each in (token, access_token(console.context, MINE)):
        with Visit(console.url, Authorization=f"Bearer {each}") as browser:
            browser.session.cookies.set("hall24_console", each)
            assert browser.get("/").status_code == 303
