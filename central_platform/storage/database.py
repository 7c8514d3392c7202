# SPDX-License-Identifier: Apache-2.0
"""One database, two kinds of transaction.

SQLite runs with its rollback journal and ``synchronous=FULL``, not WAL: several threads write here, and
SQLite before 3.51.3 can damage a WAL when two connections write and checkpoint at once. Writers take
the lock at the start (``BEGIN IMMEDIATE``), so two of them wait for each other instead of failing half-way.

PostgreSQL runs at READ COMMITTED. Nothing here relies on reading and then writing: uniqueness, single use
and counters are decided by constraints and by ``UPDATE … WHERE … RETURNING``, which hold on both.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError
from sqlalchemy.orm import Session

_BUSY_TIMEOUT_S = 10
CONNECTIONS = 10
_MORE_CONNECTIONS = 10
"""Of one worker; four workers stay below PostgreSQL's usual hundred."""
_SET_UP_LOCK = 0x48616C6C3234
"""The advisory lock that one process holds while it brings tables and first rows up to date: "Hall24"."""
_WRITE = "hall24_write"


class DatabaseError(Exception):
    """The database cannot be used; the message is one line without secrets."""


class Database:
    """Sessions over one engine. Thread-safe; :meth:`close` ends its connections."""

    def __init__(self, url: str | URL) -> None:
        try:
            self.url: URL = _with_driver(make_url(url))
            """With its password: never shown, see :attr:`shown`."""
            self.engine: Engine = _engine(self.url)
        except (ArgumentError, NoSuchModuleError, ImportError, ValueError) as error:
            raise DatabaseError(
                f"--db: not a database address this platform knows ({_brief(error)})"
            ) from None

    @property
    def shown(self) -> str:
        """The address with its password hidden."""
        return self.url.render_as_string(hide_password=True)

    def check(self) -> None:
        """Connect once. Raises :class:`DatabaseError` with one plain line."""
        try:
            with self.engine.connect():
                pass
        except SQLAlchemyError as error:
            raise DatabaseError(f"{self.shown}: {_brief(error)}") from None

    @contextmanager
    def read(self) -> Iterator[Session]:
        """Give a session for reading; nothing is written back."""
        with Session(self.engine, expire_on_commit=False) as session:
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        """Give a session that commits at the end, or rolls everything back."""
        with Session(self.engine, expire_on_commit=False) as session, session.begin():
            session.connection(execution_options={_WRITE: True})
            yield session

    @contextmanager
    def set_up(self) -> Iterator[Connection]:
        """Give a transaction that no second process can have at the same time, on any machine."""
        with (
            self.engine.connect().execution_options(**{_WRITE: True}) as connection,
            connection.begin(),
        ):
            if connection.dialect.name == "postgresql":
                connection.execute(
                    text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _SET_UP_LOCK}
                )
            yield connection

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()


def _engine(url: URL) -> Engine:
    # Parameters are hidden because errors end in logs, and parameters are people's data.
    if url.get_backend_name() != "sqlite":
        return create_engine(
            url,
            hide_parameters=True,
            pool_pre_ping=True,  # a database that was restarted costs no request
            pool_size=CONNECTIONS,
            max_overflow=_MORE_CONNECTIONS,
            pool_timeout=_BUSY_TIMEOUT_S,
            connect_args={"connect_timeout": _BUSY_TIMEOUT_S, "application_name": "hall24"}
            if url.get_driver_name() == "psycopg"
            else {},
        )
    engine = create_engine(url, hide_parameters=True, connect_args={"timeout": _BUSY_TIMEOUT_S})

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _record: object) -> None:  # noqa: ANN401 - the driver's own type
        connection.isolation_level = None  # we say BEGIN ourselves
        connection.execute("PRAGMA journal_mode=DELETE")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA foreign_keys=ON")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get(_WRITE, False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def _with_driver(url: URL) -> URL:
    """Name the driver that ships with us where the address names none."""
    if url.drivername in {"postgresql", "postgres"}:
        return url.set(drivername="postgresql+psycopg")
    return url


def _brief(error: Exception) -> str:
    cause = getattr(error, "orig", None) or error
    return (str(cause).strip().splitlines() or [type(cause).__name__])[0]
