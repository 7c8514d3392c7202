# SPDX-License-Identifier: Apache-2.0
"""One worker of the departments' outbox; any number of them may run, in any process, on any machine."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace

from sqlalchemy.exc import SQLAlchemyError

from central_platform.context import PlatformContext
from central_platform.departments import answers, outbox
from central_platform.departments.adapter import DepartmentAdapter
from central_platform.departments.errors import DepartmentAwayError, DepartmentError
from central_platform.departments.messages import message_of
from central_platform.departments.routing import Departments, DepartmentSystem

_log = logging.getLogger("central_platform.departments")
_IDLE_S = 1.0
_SAMPLE_THINKS_S = 20.0
_SAMPLE_ASKED_S = 2.0


class DepartmentWorker:
    """Tells what waits and asks for answers. :meth:`turn` is one round; :meth:`run` goes on until told."""

    def __init__(self, platform: PlatformContext, departments: Departments) -> None:
        self._platform = platform
        self._systems = departments.systems
        self._adapters: Mapping[str, DepartmentAdapter] = {
            system.code: departments.adapter(system) for system in departments.systems
        }

    def turn(self) -> int:
        """Tell one notice and ask once, for each department; return how much came of it."""
        return sum(self._tell(system) + self._ask(system) for system in self._systems)

    def run(self, stop: threading.Event) -> None:
        """Work until ``stop``; a database that is away is waited for."""
        try:
            while not stop.is_set():
                try:
                    done = self.turn()
                except SQLAlchemyError as error:
                    _log.warning("the database is away (%s)", type(error).__name__)
                    done = 0
                if not done:
                    stop.wait(_IDLE_S)
        finally:
            self.close()

    def close(self) -> None:
        """Close the adapters."""
        for adapter in self._adapters.values():
            adapter.close()

    def _tell(self, system: DepartmentSystem) -> int:
        taken = outbox.take_next(self._platform, system)
        if taken is None:
            return 0
        try:
            message, open_paper = message_of(self._platform, taken.key)
            self._adapters[system.code].deliver(message, open_paper)
        except DepartmentError as error:
            outbox.not_delivered(self._platform, taken, error)
            return 0
        except SQLAlchemyError:
            raise
        except Exception as error:  # noqa: BLE001 - an adapter's own fault costs one notice, not the worker
            # No traceback: it may quote what was sent.
            _log.error("adapter of %s: %s", system.code, type(error).__name__)
            fault = DepartmentAwayError(f"the adapter failed ({type(error).__name__})")
            outbox.not_delivered(self._platform, taken, fault)
            return 0
        outbox.delivered(self._platform, taken)
        return 1

    def _ask(self, system: DepartmentSystem) -> int:
        asking = answers.take_turn(self._platform, system)
        if asking is None:
            return 0
        try:
            page = self._adapters[system.code].answers(asking.place)
        except DepartmentAwayError as error:
            answers.nobody_answered(self._platform, asking, error)
            return 0
        except DepartmentError as error:
            answers.nobody_answered(self._platform, asking, DepartmentAwayError(str(error)))
            return 0
        return answers.take_answers(self._platform, asking, page)


@contextmanager
def with_sample_department(platform: PlatformContext, name: str) -> Iterator[PlatformContext]:
    """Give the platform with an invented system for the department ``name``; "" gives it as it is."""
    if not name:
        yield platform
        return
    from central_platform.departments import sample_system  # noqa: PLC0415 - demonstrations only

    invented = sample_system.SampleDepartment(think_s=_SAMPLE_THINKS_S)
    with sample_system.serving_department(invented) as url:
        system = DepartmentSystem(
            code="sample", serves=(name,), url=url, ask_every_s=_SAMPLE_ASKED_S
        )
        yield replace(platform, departments=Departments((system,)))


@contextmanager
def department_worker(platform: PlatformContext) -> Iterator[None]:
    """Run a worker in a thread while the block runs, if any department has a system."""
    if not platform.departments.systems:
        yield
        return
    stop = threading.Event()
    worker = DepartmentWorker(platform, platform.departments)
    thread = threading.Thread(target=worker.run, args=(stop,), name="departments")
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
