# SPDX-License-Identifier: Apache-2.0
"""What the terminal keeps: its enrolment, the queue of submissions, the chain of events."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from drivers.core import Recovery
from kiosk.audit import verify as verify_chain
from kiosk.diagnostics.finding import (
    QUEUE,
    TERMINAL,
    Finding,
    failed,
    not_known,
    passed,
    skipped,
    timed,
)
from kiosk.platform_client.enrolment import (
    EnrolledTerminal,
    EnrolmentError,
    NotEnrolledError,
    load_enrolment,
)
from offline_cache import OfflineCache, State, StoreError, verify

OLD_H: Final = 24
"""A submission that waited longer is a matter for staff: residents were told it would go by itself."""
_INTEGRITY: Final = "integrity"


@dataclass(frozen=True, slots=True)
class Kept:
    """The queue; ``cache`` is ``None`` when it could not be opened, ``refused`` says why."""

    cache: OfflineCache | None
    refused: str = ""


def identity_checks(data_dir: Path) -> Iterator[Finding]:
    """Yield what concerns who this terminal is and what it did. Raises nothing."""
    yield timed(lambda: enrolment(data_dir))
    yield timed(lambda: chain(data_dir / "audit"))


def queue_checks(kept: Kept) -> Iterator[Finding]:
    """Yield what concerns the submissions. Reads everything, changes nothing, raises nothing."""
    cache = kept.cache
    if cache is None:
        yield not_opened(kept.refused)
        yield from (skipped(QUEUE, check) for check in (_INTEGRITY, "oldest", "set_aside"))
        return
    yield passed(QUEUE, "opens")
    looks: tuple[tuple[str, Callable[[OfflineCache], Finding]], ...] = (
        (_INTEGRITY, integrity),
        ("oldest", oldest),
        ("set_aside", set_aside),
    )
    for check, look in looks:
        yield timed(partial(_reading, check, look, cache))


def enrolment(data_dir: Path) -> Finding:
    """Judge whether this terminal knows who it is."""
    try:
        load_enrolment(data_dir)
    except NotEnrolledError as error:
        return failed(TERMINAL, "enrolment", error.code, Recovery.CONFIGURE)
    except EnrolmentError as error:
        return failed(TERMINAL, "enrolment", error.code, Recovery.SERVICE)
    except OSError:
        return failed(TERMINAL, "enrolment", "disk.unreadable", Recovery.SERVICE)
    return passed(TERMINAL, "enrolment")


def enrolled_or_none(data_dir: Path) -> EnrolledTerminal | None:
    """Return who this terminal is, or ``None``; why not is :func:`enrolment`'s to say."""
    try:
        return load_enrolment(data_dir)
    except (EnrolmentError, OSError):
        return None


def chain(directory: Path) -> Finding:
    """Judge the chain of events: nothing changed, removed or put in."""
    if not directory.is_dir():
        return skipped(TERMINAL, "audit_chain", "audit.none")
    try:
        report = verify_chain(directory)
    except OSError:
        return failed(TERMINAL, "audit_chain", "disk.unreadable", Recovery.SERVICE)
    if not report.intact:
        return failed(
            TERMINAL, "audit_chain", "audit.broken", Recovery.SERVICE, places=len(report.findings)
        )
    return passed(TERMINAL, "audit_chain", events=report.events)


def not_opened(code: str) -> Finding:
    """Judge why the queue cannot be read; a running terminal that holds it is no fault."""
    if code == "queue.none":
        return skipped(QUEUE, "opens", code)
    if code == "store.in_use":
        return not_known(QUEUE, "opens", code)
    return failed(QUEUE, "opens", code or "store.unknown", Recovery.SERVICE)


def integrity(cache: OfflineCache) -> Finding:
    """Judge every row and every sealed part against its hash."""
    found = [finding.code for finding in verify(cache.store, cache.outbox)]
    if found:
        return failed(QUEUE, _INTEGRITY, found[0], Recovery.SERVICE, places=len(found))
    return passed(QUEUE, _INTEGRITY)


def oldest(cache: OfflineCache) -> Finding:
    """Judge how long the oldest submission waits."""
    seconds = cache.outbox.oldest_waiting_s()
    if seconds is None:
        return passed(QUEUE, "oldest", waiting=0)
    figures = {"waiting": cache.outbox.waiting(), "oldest_h": round(seconds / 3600, 1)}
    if seconds > OLD_H * 3600:
        return failed(QUEUE, "oldest", "queue.old", Recovery.CLEAR, **figures)
    return passed(QUEUE, "oldest", **figures)


def set_aside(cache: OfflineCache) -> Finding:
    """Judge whether submissions wait for a person."""
    counts = cache.outbox.counts()
    count = counts.get(State.QUARANTINED, 0)
    if count:
        return failed(QUEUE, "set_aside", "queue.set_aside", Recovery.CLEAR, count=count)
    return passed(QUEUE, "set_aside", count=0)


def _reading(check: str, look: Callable[[OfflineCache], Finding], cache: OfflineCache) -> Finding:
    try:
        return look(cache)
    except StoreError as error:
        return failed(QUEUE, check, error.code, Recovery.SERVICE)
