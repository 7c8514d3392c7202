# SPDX-License-Identifier: Apache-2.0
"""People and systems of the government's side: who they are, what their role may do.

A bearer token of its own kind (``hs_…``), stored as a hash; never a terminal's token and never good where
a terminal is asked for. The operations console logs people in its own way and ends in the same
:class:`StaffMember`.

========== ==========================================================================================
operator   runs the fleet and answers tickets: everything that is not a decision about a case
officer    decides cases of the departments in its scope
host       looks at the terminals in its scope
auditor    looks at everything, changes nothing
========== ==========================================================================================
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, get_args

from fastapi import Depends, Request

from central_platform.api.access import Platform, unauthorized
from central_platform.api.errors import ApiError
from central_platform.context import PlatformContext
from central_platform.storage.fleet import StaffToken

Role = Literal["operator", "officer", "host", "auditor"]
ROLES: tuple[Role, ...] = get_args(Role)

_PREFIX = "hs_"
LIFETIME = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class StaffMember:
    """Who asks."""

    name: str
    role: Role
    scope: tuple[str, ...] = ()
    """Terminals of a host, departments (Chinese names) of an officer; empty: everything of the role."""

    def may_see_terminal(self, terminal: str) -> bool:
        """Tell whether this terminal is theirs to look at. A host without a scope has no terminal."""
        return self.role != "host" or terminal in self.scope

    def may_decide_for(self, department: str) -> bool:
        """Tell whether cases of this department are theirs to decide."""
        return self.role == "officer" and (not self.scope or department in self.scope)


def new_staff_token(
    platform: PlatformContext, name: str, role: Role, scope: tuple[str, ...] = ()
) -> tuple[str, datetime]:
    """Store and return a fresh token and when it ends; only its hash is kept."""
    token = _PREFIX + secrets.token_urlsafe(32)
    now = platform.now()
    with platform.database.write() as session:
        session.add(
            StaffToken(
                sha256=_hash(token),
                name=name,
                role=role,
                scope=list(scope),
                created_at=now,
                expires_at=now + LIFETIME,
            )
        )
    return token, now + LIFETIME


@dataclass(frozen=True)
class AllowedRoles:
    """A dependency that lets these roles in, and 401s strangers and 403s other roles.

    It is an object and not a closure so that the table of routes and roles can be read off the application.
    """

    roles: frozenset[Role]

    def __call__(self, request: Request, platform: Platform) -> StaffMember:
        """Return who asks."""
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token.startswith(_PREFIX):
            raise unauthorized()
        with platform.database.read() as session:
            row = session.get(StaffToken, _hash(token))
        if row is None or row.revoked_at is not None or row.expires_at <= platform.now():
            raise unauthorized()
        member = StaffMember(row.name, _role(row.role), tuple(str(each) for each in row.scope))
        if member.role not in self.roles:
            raise ApiError(403, "staff.role", "This role may not do that.")
        return member


def staff(*roles: Role) -> Callable[..., StaffMember]:
    """Return the dependency that lets these roles in, for ``Annotated[StaffMember, …]``."""
    dependency: Callable[..., StaffMember] = Depends(AllowedRoles(frozenset(roles)))
    return dependency


def _role(text: str) -> Role:
    return next(role for role in ROLES if role == text)


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8")).hexdigest()
