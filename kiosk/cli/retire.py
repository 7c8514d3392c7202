# SPDX-License-Identifier: Apache-2.0
"""``kiosk retire``: take this terminal out of use. Its keys are wiped only when its queue is verified empty."""

from __future__ import annotations

import json as json_module
import time
from datetime import UTC, datetime
from pathlib import Path

import typer

from kiosk.cli.failures import (
    CommandFailed,
    ConfigOption,
    DataDirOption,
    JsonOption,
    settings_or_fail,
)
from kiosk.cli.outbox_opening import enrolled_or_fail, open_cache, said_of, undelivered
from kiosk.cli.staff_acts import WhoOption, Why, account, audited

app = typer.Typer(help="Take this terminal out of use.", add_completion=False)


@app.callback(invoke_without_command=True)
def retire(
    who: str = WhoOption,
    why: Why = typer.Option(Why.MACHINE_REPLACED, "--why", help="The reason, for the event chain."),
    config: Path | None = ConfigOption,
    data_dir: Path | None = DataDirOption,
    json: bool = JsonOption,  # noqa: FBT001 - Typer passes flags by position
) -> None:
    """Verify that nothing is left, purge what the platform has, wipe the keys.

    Lists, receipts, history and event chain stay. Refused while anything is not delivered, or only exported
    and not acknowledged. Then run `central-platform revoke TERMINAL` at the platform.
    """
    settings, by = settings_or_fail(config, data_dir), account(who)
    enrolled = enrolled_or_fail(settings)

    from kiosk.platform_client.delivery import receipt_holds  # noqa: PLC0415 - start-up time
    from kiosk.platform_client.enrolment import forget_enrolment  # noqa: PLC0415
    from offline_cache import State, verify  # noqa: PLC0415

    with open_cache(settings, enrolled) as cache, audited(settings) as log:
        if left := undelivered(cache.outbox):
            raise CommandFailed(
                f"not retired: {said_of(left)}; sync, or export and import the acknowledgement, first"
            )
        holds = lambda entry: receipt_holds(entry, enrolled.signing_keys)  # noqa: E731 - two words
        if found := list(verify(cache.store, cache.outbox, holds)):
            raise CommandFailed(f"not retired: {len(found)} findings, see `kiosk outbox verify`")
        for entry in cache.outbox.entries({State.RECEIVED}):
            cache.outbox.settle(entry.id, time.time())
        submissions = sum(cache.outbox.counts().values())
        log.append("terminal.retired", account=by, reason=why.value, count=submissions)
        place = log.durable_place
        try:
            forget_enrolment(settings.data_dir)
        except OSError as error:
            raise CommandFailed(
                f"{settings.data_dir}: the keys could not be wiped ({error.strerror}); repeat"
            ) from error
    told = {
        "terminal": enrolled.terminal,
        "retired_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "submissions": submissions,
        "checkpoint": f"{place.sequence}:{place.hash}",
    }
    if json:
        print(json_module.dumps(told))
    else:
        print(f"{enrolled.terminal}  retired, {submissions} submissions delivered, keys wiped")
        print(f"event chain {told['checkpoint']}: keep it with the machine's papers")
