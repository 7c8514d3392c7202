# SPDX-License-Identifier: Apache-2.0
"""Accounts of the console: Argon2id, a count of tries, a lock.

A try is counted before the password is looked at, so tries at the same moment do not get past the count.
Names that do not exist are counted, locked and take as long as those that do: trying tells nothing.
"""

from __future__ import annotations

import hashlib
import re
import threading
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Literal

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import delete, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from central_platform.context import PlatformContext
from central_platform.staff_acts import note_act
from central_platform.storage.console import ConsoleSession, LoginTries, StaffAccount

ConsoleRole = Literal["host", "operator", "auditor"]
CONSOLE_ROLES: tuple[ConsoleRole, ...] = ("host", "operator", "auditor")

SHORTEST_PASSWORD = 10
LONGEST_PASSWORD = 128
MOST_TRIES = 5
LOCKED_FOR = timedelta(minutes=15)
_FORGET_TRIES = timedelta(days=1)
_LOGIN = re.compile(r"[a-z][a-z0-9._-]{1,31}")
_at_once = threading.Semaphore(2)
"""Each check takes 64 MB: a crowd at the door must not take all memory of the machine."""


class AccountError(ValueError):
    """An account that cannot be made or changed so; ``code`` is a key of the console's words."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


class LoginRefusedError(Exception):
    """Name or password do not fit, or there were too many tries; ``locked`` tells which."""

    def __init__(self, *, locked: bool) -> None:
        self.locked = locked
        super().__init__("locked" if locked else "wrong")


@dataclass(frozen=True, slots=True)
class NewAccount:
    """Who is to be let in."""

    login: str
    name: str
    role: ConsoleRole
    scope: tuple[str, ...] = ()


def add_account(platform: PlatformContext, account: NewAccount, password: str, *, by: str) -> None:
    """Make an account. Raises :class:`AccountError`."""
    if not _LOGIN.fullmatch(account.login):
        raise AccountError("account.login")
    if not 0 < len(account.name.strip()) <= 64:  # noqa: PLR2004 - the column
        raise AccountError("account.name")
    hashed = _hashed(account.login, password)
    now = platform.now()
    try:
        with platform.database.write() as session:
            session.add(
                StaffAccount(
                    login=account.login,
                    name=account.name.strip(),
                    role=account.role,
                    scope=list(account.scope),
                    password=hashed,
                    password_set_at=now,
                    created_at=now,
                )
            )
            note_act(session, "account_added", by=by, role="", now=now, about=account.login)
            session.flush()
    except IntegrityError:
        raise AccountError("account.exists") from None


def set_password(platform: PlatformContext, login: str, password: str, *, by: str) -> None:
    """Give an account another password and end its log-ins. Raises :class:`AccountError`."""
    hashed = _hashed(login, password)
    now = platform.now()
    with platform.database.write() as session:
        account = _find(session, login)
        account.password, account.password_set_at = hashed, now
        session.execute(delete(LoginTries).where(LoginTries.sha256 == _digest(login)))
        _end_sessions(session, login, now)
        note_act(session, "password", by=by, role="", now=now, about=login)


def end_account(platform: PlatformContext, login: str, *, by: str) -> None:
    """Let somebody in no longer, from this moment on. Raises :class:`AccountError`."""
    now = platform.now()
    with platform.database.write() as session:
        account = _find(session, login)
        account.ended_at = account.ended_at or now
        _end_sessions(session, login, now)
        note_act(session, "account_ended", by=by, role="", now=now, about=login)


def checked_account(platform: PlatformContext, login: str, password: str) -> StaffAccount:
    """Return the account whose name and password these are. Raises :class:`LoginRefusedError`."""
    login = "".join(each for each in login.lower() if each.isprintable()).strip()[:64]
    _count_a_try(platform, login)
    with platform.database.read() as session:
        account = session.get(StaffAccount, login)
    known = account is not None and account.ended_at is None
    fits = _verified(account.password if account and known else _nobody(), password)
    if account is None or not known or not fits:
        with platform.database.write() as session:
            if known:  # what strangers type may be anything, even a password
                _note_refusal(session, platform, account)
        raise LoginRefusedError(locked=False)
    with platform.database.write() as session:
        session.execute(delete(LoginTries).where(LoginTries.sha256 == _digest(login)))
        if _hasher().check_needs_rehash(account.password):
            session.execute(
                update(StaffAccount)
                .where(StaffAccount.login == login)
                .values(password=_hashed(login, password))
            )
    return account


def _note_refusal(
    session: Session, platform: PlatformContext, account: StaffAccount | None
) -> None:
    if account is not None:
        now = platform.now()
        note_act(session, "login_refused", by=account.login, role=account.role, now=now)


def _count_a_try(platform: PlatformContext, login: str) -> None:
    now = platform.now()
    locked = False
    with platform.database.write() as session:
        session.execute(delete(LoginTries).where(LoginTries.last_at < now - _FORGET_TRIES))
        row = _tries(session, _digest(login), now)
        if row.locked_until is not None and row.locked_until > now:
            locked = True
        else:
            if row.locked_until is not None or now - row.last_at > LOCKED_FOR:
                row.tries, row.locked_until = 0, None
            row.tries += 1
            row.last_at = now
            if row.tries > MOST_TRIES:
                row.locked_until = now + LOCKED_FOR
                locked = True
    if locked:
        raise LoginRefusedError(locked=True)


def _tries(session: Session, digest: str, now: datetime) -> LoginTries:
    row = session.get(LoginTries, digest, with_for_update=True)
    if row is None:
        try:
            with session.begin_nested():
                session.add(LoginTries(sha256=digest, tries=0, last_at=now))
        except IntegrityError:  # somebody tries the same name at this moment
            pass
        row = session.get_one(LoginTries, digest, with_for_update=True)
    return row


def _end_sessions(session: Session, login: str, now: datetime) -> None:
    session.execute(
        update(ConsoleSession)
        .where(ConsoleSession.login == login, ConsoleSession.ended_at.is_(None))
        .values(ended_at=now)
    )


def _find(session: Session, login: str) -> StaffAccount:
    account = session.get(StaffAccount, login)
    if account is None:
        raise AccountError("account.unknown")
    return account


def _hashed(login: str, password: str) -> str:
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        raise AccountError("account.password_length")
    if password.lower() == login or len(set(password)) < SHORTEST_PASSWORD // 2:
        raise AccountError("account.password_plain")
    with _at_once:
        return _hasher().hash(password)


def _verified(hashed: str, password: str) -> bool:
    with _at_once:
        try:
            return _hasher().verify(hashed, password[: LONGEST_PASSWORD + 1])
        except (VerificationError, InvalidHashError):
            return False


@cache
def _hasher() -> PasswordHasher:
    return PasswordHasher()  # RFC 9106, the second recommendation: 64 MiB, three passes


@cache
def _nobody() -> str:
    """Return what a password for nobody is compared with."""
    return _hasher().hash("nobody has this password")


def _digest(login: str) -> str:
    return hashlib.sha256(login.encode("utf-8")).hexdigest()
