# SPDX-License-Identifier: Apache-2.0
"""What the published OpenAPI says is what the platform does, for everything it allows and much that it does not.

schemathesis makes up requests from the description, fixed in number and the same every time. Each is
answered without a server error, with a status, type and body that the description names. And for every
route and everybody who could call it, the table of who is let in holds both ways.
"""

from __future__ import annotations

import logging
import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests
import schemathesis
from fastapi import FastAPI
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from central_platform.api.access import access_token
from central_platform.api.described import (
    CALLERS,
    NOBODY,
    TERMINAL,
    Access,
    access_markdown,
    access_table,
)
from central_platform.api.errors import PROBLEM_TYPE
from central_platform.api.identity import GRANT_LIFETIME
from central_platform.api.roles import ROLES, new_staff_token
from central_platform.app import create_app
from central_platform.context import PlatformContext
from central_platform.policy import PlatformPolicy
from central_platform.storage.models import Grant, SyntheticResident, Terminal
from central_platform.testing import demonstration_profile, running_platform
from kiosk.protocol.wire import sha256_hex

DOCS = Path(__file__).parents[2] / "docs"
EXAMPLES = 8
CHECKS = (
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
)
TAGS = (
    "terminal",
    "catalogue",
    "identity",
    "consent and licences",
    "cases",
    "files",
    "submissions",
    "results",
    "appointments",
    "help",
    "content",
    "bundles and post",
    "operations",
    "health",
)
ONE, OTHER = "T360702-000001", "T360702-000002"
THEIRS = "a log-in at the other terminal"


@dataclass(frozen=True)
class Asked:
    """A running platform and a token for everybody who may ask."""

    url: str
    app: FastAPI
    tokens: dict[str, str]

    def headers(self, caller: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.tokens[caller]}"} if caller != NOBODY else {}

    def headers_for(self, method: str, path: str) -> dict[str, str]:
        (row,) = (
            row
            for row in access_table(self.app)
            if (row.method, row.path) == (method.upper(), path)
        )
        return self.headers(next(caller for caller in CALLERS if caller in row.allowed))


@pytest.fixture
def asked(
    tmp_path: Path, fresh_platform: Path, platform_database: str | None, hall_clock: Any
) -> Iterator[Asked]:
    shutil.copytree(fresh_platform, tmp_path / "platform")
    with running_platform(
        tmp_path / "platform",
        db_url=platform_database,
        now=hall_clock,
        policy=PlatformPolicy(on_clone="alarm"),  # made-up heartbeats look like many machines
    ) as running:
        context = running.context
        _put_first_rows(context)
        tokens = {TERMINAL: access_token(context, ONE)}
        tokens |= {role: new_staff_token(context, role, role)[0] for role in ROLES}
        yield Asked(running.url, create_app(context), tokens)


def _put_first_rows(context: PlatformContext) -> None:
    now = context.now()
    with context.database.write() as session:
        for name in (ONE, OTHER):
            session.add(
                Terminal(
                    id=name,
                    public_key=name,
                    profile=demonstration_profile().model_dump(mode="json"),
                    enrolled_at=now,
                )
            )
        session.flush()
        resident = session.query(SyntheticResident).order_by(SyntheticResident.id).first()
        assert resident is not None
        session.add(
            Grant(
                sha256=sha256_hex(THEIRS.encode()),
                terminal=OTHER,
                resident=resident.id,
                assurance="card",
                created_at=now,
                expires_at=now + GRANT_LIFETIME,
            )
        )


bounded = settings(
    max_examples=EXAMPLES,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.generate],
)


on_postgresql = pytest.mark.parametrize(
    "postgres_or_none",
    [pytest.param("postgresql", marks=[pytest.mark.daemon, pytest.mark.slow])],
    indirect=True,
)
"""The stricter of the two is enough here: SQLite takes texts and numbers that PostgreSQL refuses."""


def operations(asked: Asked, tag: str) -> list[Any]:
    schema = schemathesis.openapi.from_url(f"{asked.url}/v1/openapi.json")
    found = [result.ok() for result in schema.get_all_operations()]
    return [each for each in found if tag in each.definition.raw.get("tags", ())]


def test_the_tags_are_all_here(asked: Asked) -> None:
    said = {
        tag
        for path in asked.app.openapi()["paths"].values()
        for operation in path.values()
        for tag in operation["tags"]
    }
    assert said == set(TAGS)


def with_each(operation: Any, judge: Callable[[Any], None]) -> None:
    """Call ``judge`` with made-up requests of one operation."""

    @bounded
    @given(case=operation.as_strategy())
    def ask(case: Any) -> None:
        judge(case)

    ask()


@on_postgresql
@pytest.mark.parametrize("tag", TAGS)
def test_every_answer_is_as_published(asked: Asked, tag: str, caplog: Any) -> None:
    # A made-up heartbeat may well look like a machine that was tampered with; the alarm is right.
    caplog.set_level(logging.CRITICAL, "central_platform.intake")
    wrong = []
    for operation in operations(asked, tag):
        headers = asked.headers_for(operation.method, operation.path)

        def judge(case: Any, headers: dict[str, str] = headers) -> None:
            case.validate_response(case.call(headers=headers), checks=CHECKS)

        try:
            with_each(operation, judge)
        except FailureGroup as failures:
            wrong.append(f"{operation.label}: {failures.exceptions[0]}")
    assert not wrong, "\n".join(wrong)


@on_postgresql
def test_a_log_in_at_another_terminal_opens_nothing_here(asked: Asked) -> None:
    tried = set()
    for operation in (each for tag in TAGS for each in operations(asked, tag)):
        if "grant" not in _body_fields(asked, operation):
            continue
        headers = asked.headers_for(operation.method, operation.path)

        def judge(case: Any, headers: dict[str, str] = headers) -> None:
            if isinstance(case.body, dict):
                case.body["grant"] = THEIRS
                answer = case.call(headers=headers)
                assert answer.status_code >= 400 or case.path.endswith("/logout")
                tried.add((case.method, case.path))

        with_each(operation, judge)
    assert len(tried) >= 15


def _body_fields(asked: Asked, operation: Any) -> set[str]:
    document = asked.app.openapi()
    body = document["paths"][operation.path][operation.method.lower()].get("requestBody")
    if body is None:
        return set()
    schema = body["content"].get("application/json", {}).get("schema", {})
    name = schema.get("$ref", "").rpartition("/")[2]
    return set(document["components"]["schemas"].get(name, {}).get("properties", {}))


# --- who is let in ------------------------------------------------------------------------------


def test_each_route_lets_in_whom_the_table_says_and_nobody_else(asked: Asked) -> None:
    table = access_table(asked.app)
    assert len(table) > 50
    for row in table:
        for caller in CALLERS:
            let_in = _is_let_in(asked, row, caller)
            assert let_in == (caller in row.allowed), (row.method, row.path, caller)


def _is_let_in(asked: Asked, row: Access, caller: str) -> bool:
    path = re.sub(r"{\w+}", "0198b5f5-0000-7000-8000-000000000000", row.path)
    answer = requests.request(
        row.method, asked.url + path, headers=asked.headers(caller), timeout=20
    )
    code = ""
    if answer.headers.get("Content-Type", "").startswith(PROBLEM_TYPE) and answer.content:
        code = answer.json()["code"]
    return answer.status_code != 401 and code != "staff.role"


def test_only_these_routes_need_nobody_known(asked: Asked) -> None:
    open_to_all = {row.path for row in access_table(asked.app) if NOBODY in row.allowed}
    assert open_to_all == {
        "/v1/token",
        "/v1/terminals/enrol",
        "/v1/catalogue/schema",
        "/v1/files",
        "/v1/files/{upload}",
        "/v1/health",
        "/v1/keys",  # signed; a terminal that was away finds the new ones
    }
    options = [row.method for row in access_table(asked.app) if row.path.startswith("/v1/files")]
    assert "OPTIONS" in options


def test_the_table_in_the_documents_is_the_table(asked: Asked) -> None:
    written = (DOCS / "platform-access.md").read_text("utf-8")
    assert written == access_markdown(asked.app), (
        "central-platform access > docs/platform-access.md"
    )
