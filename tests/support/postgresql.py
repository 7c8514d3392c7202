# SPDX-License-Identifier: Apache-2.0
"""A PostgreSQL of the tests' own: its own folder, socket and user, never the machine's cluster.

The server refuses to run as root, as which continuous integration runs, so it gets Debian's ``postgres``
user then (or ``nobody``). It listens on a Unix socket only, in a folder that nobody else enters, and ends
with the process that started it. ``fsync`` is off: a test database is thrown away, and what a power cut
does to PostgreSQL is PostgreSQL's to test.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import psycopg
from psycopg import sql

START_S = 60
_USER = "hall24"
_SETTINGS = {
    "listen_addresses": "",
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "shared_buffers": "32MB",
    "max_connections": "100",
    "autovacuum": "off",
    "logging_collector": "off",
    "log_min_messages": "fatal",
    "timezone": "Asia/Shanghai",  # not UTC, so that a forgotten zone is noticed
    "lc_messages": "C",
}


@dataclass
class OwnPostgres:
    """A running server. Databases are made from a template, which costs a fraction of migrating each."""

    folder: Path

    def url(self, database: str) -> str:
        return f"postgresql://{_USER}@/{database}?host={self.folder}"

    def create(self, template: str | None = None) -> str:
        """Make a database and return its name."""
        name = f"hall_{uuid4().hex[:12]}"
        make = sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name))
        if template is not None:
            make += sql.SQL(" TEMPLATE {}").format(sql.Identifier(template))
        self._administer(make)
        return name

    def drop(self, name: str) -> None:
        """Remove a database, connections and all."""
        self._administer(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))

    def _administer(self, command: sql.Composed | sql.SQL) -> None:
        with psycopg.connect(
            host=str(self.folder), user=_USER, dbname="postgres", autocommit=True
        ) as connection:
            connection.execute(command)


@contextmanager
def own_postgres() -> Iterator[OwnPostgres]:
    """Run a server until the block ends."""
    # Not below pytest's folders: those are closed to other users, and a socket's path must be short.
    folder = Path(tempfile.mkdtemp(prefix="hall24-pg-", dir="/tmp"))
    unprivileged = _unprivileged(folder)
    try:
        data = folder / "data"
        subprocess.run(
            [
                *unprivileged,
                str(_programs() / "initdb"),
                f"--pgdata={data}",
                f"--username={_USER}",
                "--auth=trust",
                "--encoding=UTF8",
                "--locale=C",
                "--no-sync",
            ],
            check=True,
            capture_output=True,
            cwd=folder,
        )
        settings = [f"--{name}={value}" for name, value in _SETTINGS.items()]
        server = subprocess.Popen(
            [
                *unprivileged,
                str(_programs() / "postgres"),
                f"-D{data}",
                f"-k{folder}",
                *settings,
            ],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=folder,
        )
        try:
            _wait_until_ready(server, folder)
            yield OwnPostgres(folder)
        finally:
            server.send_signal(signal.SIGINT)  # at once; SIGTERM would wait for every client
            try:
                server.wait(10)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()
    finally:
        shutil.rmtree(folder)


def _wait_until_ready(server: subprocess.Popen[bytes], folder: Path) -> None:
    ask = [str(_programs() / "pg_isready"), f"--host={folder}", f"--timeout={START_S}", "--quiet"]
    for _ in range(START_S * 20):
        if subprocess.run(ask, check=False).returncode == 0:
            return
        if server.poll() is not None:
            raise RuntimeError(f"PostgreSQL ended with {server.returncode}")
        try:
            server.wait(0.05)
        except subprocess.TimeoutExpired:
            continue
    raise TimeoutError("PostgreSQL did not start")


def _unprivileged(folder: Path) -> list[str]:
    """Return what to put before a command, and give the folder to whom it runs as."""
    # The kernel ends the server with us, however we end.
    dies_with_us = ["setpriv", "--pdeathsig=INT"]
    if os.geteuid() != 0:
        return dies_with_us
    try:
        user = pwd.getpwnam("postgres")
    except KeyError:
        user = pwd.getpwnam("nobody")
    os.chown(folder, user.pw_uid, user.pw_gid)
    return [
        *dies_with_us,
        f"--reuid={user.pw_uid}",
        f"--regid={user.pw_gid}",
        "--clear-groups",
    ]


def _programs() -> Path:
    """Return the folder of the newest PostgreSQL that is installed (Debian keeps them off the path)."""
    found = sorted(
        Path("/usr/lib/postgresql").glob("*/bin/postgres"),
        key=lambda path: int(path.parent.parent.name),
    )
    if found:
        return found[-1].parent
    on_path = shutil.which("postgres")
    if on_path is None:
        raise RuntimeError("PostgreSQL is not installed; packaging/setup.sh --dev brings it")
    return Path(on_path).parent
