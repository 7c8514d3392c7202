# SPDX-License-Identifier: Apache-2.0
"""A real platform on loopback, an enrolled terminal, and a clock that can be set."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
import uuid_utils

from central_platform.context import open_platform
from central_platform.operations.alerts import look
from central_platform.storage.console import Duty
from central_platform.storage.database import CONNECTIONS
from central_platform.testing import RunningPlatform, running_platform
from kiosk.platform_client.enrolment import EnrolledTerminal, enrol
from kiosk.platform_client.v1 import PlatformV1
from kiosk.protocol.envelope import (
    ClockFacts,
    Kind,
    Payload,
    PlainAttachment,
    SealedSubmission,
    seal_submission,
)
from kiosk.protocol.messages import CardIdentity, ConsentAct
from kiosk.protocol.wire import Signed
from tests.support.console_asking import put_staff
from tests.support.console_fleet import OF_THE_HOST, put_fleet
from tests.support.postgresql import OwnPostgres, own_postgres


@dataclass
class SetClock:
    """Wall time of the platform; a Tuesday morning in the hall."""

    time: datetime = datetime(2026, 11, 24, 1, 30, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.time

    def go(self, **by: float) -> None:
        self.time += timedelta(**by)


@dataclass
class Desk:
    """One enrolled terminal at a running platform."""

    running: RunningPlatform
    clock: SetClock
    enrolled: EnrolledTerminal
    client: PlatformV1
    _sequence: int = field(default=0)

    def seal(
        self,
        item: str = "old-age-allowance",
        *,
        kind: Kind = "application",
        payload: Payload | None = None,
        attachments: tuple[PlainAttachment, ...] = (),
        submission: UUID | None = None,
    ) -> SealedSubmission:
        self._sequence += 1
        return seal_submission(
            submission=submission or UUID(str(uuid_utils.uuid7())),
            terminal=self.enrolled.terminal,
            sequence=self._sequence,
            receipt=f"L{self._sequence:06d}",
            kind=kind,
            item=item,
            item_version="2026.11",
            clock=ClockFacts(
                wall=self.clock(), monotonic_s=1.0, boot_id="boot", server_offset_s=None
            ),
            payload=payload or Payload(form={"answer": 42}),
            attachments=attachments,
            key=self.enrolled.sealing_key,
        )

    def deliver(self, sealed: SealedSubmission) -> Signed:
        return self.client.deliver(sealed.manifest, sealed.parts.__getitem__, lambda *_: None)

    def log_in(self, name: str = "王苗苗", number: str = "36070219380312002X") -> str:
        card = CardIdentity(card_type="resident", name=name, number=number)
        return self.client.identify_card(card).grant

    def consent(self, item: str, code: str) -> ConsentAct:
        definition = self.running.context.published.catalogue.item(item)
        assert definition is not None
        text = next(consent for consent in definition.consents if consent.code == code)
        return ConsentAct(
            code=code,
            version=text.version,
            text_sha256=text.text_sha256,
            given=True,
            at=self.clock(),
        )


@pytest.fixture
def hall_clock() -> SetClock:
    return SetClock()


@pytest.fixture(scope="session")
def fresh_platform(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a data directory with keys and tables; copied, not made, for every test."""
    folder = tmp_path_factory.mktemp("fresh-platform")
    open_platform(folder).close()
    return folder


@pytest.fixture(scope="session")
def postgres() -> Iterator[OwnPostgres]:
    """Run one PostgreSQL for all tests of this process."""
    with own_postgres() as server:
        yield server


@pytest.fixture(scope="session")
def fresh_postgres(postgres: OwnPostgres, fresh_platform: Path) -> str:
    """Return a database with tables and first rows; copied, not made, for every test."""
    name = postgres.create()
    open_platform(fresh_platform, db_url=postgres.url(name)).close()
    return name


BOTH_DATABASES = (
    "sqlite",
    pytest.param("postgresql", marks=[pytest.mark.daemon, pytest.mark.slow]),
)


@pytest.fixture(scope="session", params=BOTH_DATABASES)
def postgres_or_none(request: pytest.FixtureRequest) -> OwnPostgres | None:
    """Give each kind of database in turn; of session scope, so that a server is nobody's left-over."""
    if request.param == "sqlite":
        return None
    server: OwnPostgres = request.getfixturevalue("postgres")
    return server


@pytest.fixture
def empty_database(postgres_or_none: OwnPostgres | None, tmp_path: Path) -> Iterator[str]:
    """Return the address of a database without tables, of each kind in turn."""
    if postgres_or_none is None:
        yield f"sqlite:///{tmp_path / 'x.sqlite3'}"
        return
    name = postgres_or_none.create()
    yield postgres_or_none.url(name)
    postgres_or_none.drop(name)


@pytest.fixture
def platform_database(
    request: pytest.FixtureRequest, postgres_or_none: OwnPostgres | None
) -> Iterator[str | None]:
    """Return the address of a database with tables, of each kind in turn; None: the folder's own SQLite."""
    if postgres_or_none is None:
        yield None
        return
    name = postgres_or_none.create(template=request.getfixturevalue("fresh_postgres"))
    yield postgres_or_none.url(name)
    postgres_or_none.drop(name)


@pytest.fixture
def desk(
    tmp_path: Path, hall_clock: SetClock, fresh_platform: Path, platform_database: str | None
) -> Iterator[Desk]:
    shutil.copytree(fresh_platform, tmp_path / "platform")
    with running_platform(
        tmp_path / "platform", now=hall_clock, db_url=platform_database
    ) as running:
        enrolled = enrol(running.url, running.enrolment_token(), tmp_path / "terminal")
        client = PlatformV1(enrolled, wall=lambda: hall_clock().timestamp())
        try:
            yield Desk(running, hall_clock, enrolled, client)
        finally:
            client.close()


@pytest.fixture(scope="module")
def console(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    fresh_platform: Path,
    postgres_or_none: OwnPostgres | None,
) -> Iterator[RunningPlatform]:
    """Serve a platform with a made-up fleet and an account of each role; ``now`` is a :class:`SetClock`.

    On each kind of database in turn, unless the module says :data:`ON_SQLITE`.
    """
    folder = tmp_path_factory.mktemp("console") / "platform"
    shutil.copytree(fresh_platform, folder)
    address, name = None, ""
    if postgres_or_none is not None:
        name = postgres_or_none.create(template=request.getfixturevalue("fresh_postgres"))
        address = postgres_or_none.url(name)
    with running_platform(folder, now=SetClock(), db_url=address) as running:
        with (
            ExitStack() as all_at_once
        ):  # the pool is full from the start: no test seems to leave one
            for _ in range(CONNECTIONS):
                all_at_once.enter_context(running.context.database.engine.connect())
        with running.context.database.write() as session:
            # Done for years: alerts change when a test looks, not when 20 seconds are over.
            session.add(Duty(name="alerts", done_at=SetClock().time + timedelta(days=3650)))
        put_fleet(running.context)
        put_staff(running.context, OF_THE_HOST)
        look(running.context)
        yield running
    if postgres_or_none is not None:
        postgres_or_none.drop(name)


ON_SQLITE = pytest.mark.parametrize("postgres_or_none", ["sqlite"], indirect=True, scope="session")
"""For modules about browsers and cookies, to whom the kind of database is all one."""
