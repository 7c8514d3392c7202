# SPDX-License-Identifier: Apache-2.0
"""Opens the queue for one command, and says what is left in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final
from uuid import UUID

from kiosk.cli.failures import CommandFailed

if TYPE_CHECKING:
    from kiosk.config import Settings
    from kiosk.platform_client.enrolment import EnrolledTerminal
    from kiosk.protocol.configuration import QueueQuotas
    from offline_cache import Entry, OfflineCache, Outbox, Reserve, State

HANDLED: Final = "operator.handled"
"""The reason under which staff ended a submission whose resident had to come back."""


def enrolled_or_fail(settings: Settings) -> EnrolledTerminal:
    """Return who this terminal is, or end the command."""
    from kiosk.platform_client.enrolment import (  # noqa: PLC0415 - start-up time
        EnrolmentError,
        NotEnrolledError,
        load_enrolment,
    )

    try:
        return load_enrolment(settings.data_dir)
    except NotEnrolledError as error:
        line = (
            "this terminal is not enrolled: run `kiosk enrol --platform URL --token T`"
            f" first (data directory {settings.data_dir})"
        )
        raise CommandFailed(line) from error
    except EnrolmentError as error:
        raise CommandFailed(str(error)) from error


@contextmanager
def open_cache(
    settings: Settings,
    enrolled: EnrolledTerminal | None = None,
    *,
    reserve: Reserve | None = None,
) -> Iterator[OfflineCache]:
    """Open the queue; a fault of the store ends the command in one line."""
    from kiosk.documents.numbers import number  # noqa: PLC0415 - start-up time
    from kiosk.terminal.intake import reserve_for  # noqa: PLC0415
    from offline_cache import OfflineCache, StoreError  # noqa: PLC0415

    terminal = enrolled.terminal if enrolled else ""
    cache = OfflineCache(
        settings.data_dir,
        number=lambda sequence, wall: number(sequence, wall, terminal),
        reserve=reserve or reserve_for(settings),
    )
    try:
        with cache:
            yield cache
    except StoreError as error:
        raise CommandFailed(str(error)) from error


def quotas_of(cache: OfflineCache, settings: Settings) -> QueueQuotas:
    """Return what may wait here: as the platform signed it, else the usual."""
    from kiosk.platform_client.enrolment import (  # noqa: PLC0415 - start-up time
        EnrolmentError,
        load_enrolment,
    )
    from kiosk.protocol.configuration import QueueQuotas  # noqa: PLC0415
    from kiosk.terminal.kept_configuration import kept_configuration  # noqa: PLC0415

    try:
        enrolled = load_enrolment(settings.data_dir)
    except EnrolmentError:
        return QueueQuotas()
    kept = kept_configuration(cache.shelf, enrolled.signing_keys, enrolled.terminal)
    return kept[1].quotas if kept else QueueQuotas()


def named(outbox: Outbox, wanted: str) -> Entry:
    """Return the submission of an id or a local receipt number, or end the command."""
    from offline_cache import UnknownEntryError  # noqa: PLC0415 - start-up time

    try:
        try:
            return outbox.entry(UUID(wanted))
        except ValueError:
            return outbox.by_receipt(wanted)
    except UnknownEntryError as error:
        raise CommandFailed(f"no submission {wanted}") from error


def undelivered(outbox: Outbox) -> dict[State, int]:
    """Return how many submissions of each state the platform has given no receipt for."""
    from offline_cache import State  # noqa: PLC0415 - start-up time

    safe = {State.RECEIVED, State.SETTLED, State.RESIDENT_MUST_RETURN}
    left = {s: n for s, n in outbox.counts().items() if n and s not in safe}
    # The platform may ask for the resident before it gives a receipt; then only staff can end it.
    open_returns = sum(
        entry.receipt_document is None and entry.last_error != HANDLED
        for entry in outbox.entries({State.RESIDENT_MUST_RETURN})
    )
    return {**left, State.RESIDENT_MUST_RETURN: open_returns} if open_returns else left


def said_of(left: Mapping[State, int]) -> str:
    """Return ``3 queued, 1 quarantined``."""
    return ", ".join(f"{count} {state.value}" for state, count in left.items())
