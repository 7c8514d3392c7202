# SPDX-License-Identifier: Apache-2.0
"""Log-ins of the console: an opaque cookie, an idle end, a last end, and the token that every form carries.

A page that refreshes itself does not keep a log-in alive; only what somebody does counts.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import delete, update

from central_platform.api.roles import Role, StaffMember
from central_platform.console.accounts import CONSOLE_ROLES
from central_platform.context import PlatformContext
from central_platform.staff_acts import note_act
from central_platform.storage.console import ConsoleSession, StaffAccount

IDLE_END = timedelta(minutes=30)
LAST_END = timedelta(hours=10)
_NOTED_EVERY = timedelta(minutes=1)
_SWEPT_AFTER = timedelta(days=7)
_CSRF = b"hall24.console/csrf"


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who is logged in, as far as pages need it."""

    member: StaffMember
    """Its ``name`` is the log-in name, as it stands in the record of acts."""
    display: str
    session: str
    """SHA-256 of the cookie."""

    @property
    def role(self) -> Role:
        """The role."""
        return self.member.role

    @property
    def only(self) -> tuple[str, ...] | None:
        """The terminals that a host may see; ``None`` for all."""
        return self.member.scope if self.member.role == "host" else None


def begin(platform: PlatformContext, account: StaffAccount) -> str:
    """Log somebody in; return what the cookie holds."""
    token = secrets.token_urlsafe(32)
    now = platform.now()
    with platform.database.write() as session:
        session.execute(delete(ConsoleSession).where(ConsoleSession.used_at < now - _SWEPT_AFTER))
        session.add(
            ConsoleSession(sha256=digest(token), login=account.login, created_at=now, used_at=now)
        )
        note_act(session, "login", by=account.login, role=account.role, now=now)
    return token


def visitor_behind(platform: PlatformContext, token: str, *, acts: bool) -> Visitor | None:
    """Return who holds this cookie, or ``None``; ``acts``: a person does something, so idle time begins anew."""
    now = platform.now()
    name = digest(token)
    with platform.database.read() as session:
        row = session.get(ConsoleSession, name)
        account = session.get(StaffAccount, row.login) if row is not None else None
    if row is None or account is None or row.ended_at is not None or account.ended_at is not None:
        return None
    if now - row.used_at > IDLE_END or now - row.created_at > LAST_END:
        return None
    role = next((each for each in CONSOLE_ROLES if each == account.role), None)
    if role is None:
        return None
    if acts and now - row.used_at > _NOTED_EVERY:
        with platform.database.write() as session:
            session.execute(
                update(ConsoleSession).where(ConsoleSession.sha256 == name).values(used_at=now)
            )
    scope = tuple(str(each) for each in account.scope)
    return Visitor(StaffMember(account.login, role, scope), account.name, name)


def end(platform: PlatformContext, visitor: Visitor) -> None:
    """Log somebody out; the cookie opens nothing any more."""
    now = platform.now()
    with platform.database.write() as session:
        session.execute(
            update(ConsoleSession)
            .where(ConsoleSession.sha256 == visitor.session, ConsoleSession.ended_at.is_(None))
            .values(ended_at=now)
        )
        note_act(session, "logout", by=visitor.member.name, role=visitor.role, now=now)


def csrf_token(cookie: str) -> str:
    """Return what every form shown to the holder of this cookie carries."""
    return hmac.new(cookie.encode("utf-8"), _CSRF, hashlib.sha256).hexdigest()


def csrf_fits(cookie: str, shown: str) -> bool:
    """Tell whether a form was made for the holder of this cookie."""
    return hmac.compare_digest(csrf_token(cookie).encode(), shown.encode("utf-8"))


def digest(token: str) -> str:
    """Return what is stored of a cookie."""
    return hashlib.sha256(token.encode("utf-8")).hexdigest()
