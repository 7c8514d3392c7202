# SPDX-License-Identifier: Apache-2.0
"""Which department's cases go to which system: ``departments.toml`` in the platform's data directory.

::

    [[department]]
    code = "civil-affairs"
    serves = ["赣州市章贡区民政局"]                # departments as the items name them
    url = "https://cases.civil-affairs.example/hall24"
    token_file = "/run/secrets/civil-affairs"    # or token_env = "NAME"; a secret never stands here
    deadline_s = 20
    ask_every_s = 30

No file: no department has a system, and officers decide here.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib.metadata import entry_points
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from central_platform.departments.adapter import DepartmentAdapter
from central_platform.departments.errors import DepartmentSetUpError
from central_platform.secret_values import SecretMissingError, secret_value

FILE = "departments.toml"
ENTRY_POINTS = "hall24.department_adapters"


class DepartmentSystem(BaseModel):
    """One system, as the file names it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    code: Annotated[str, Field(pattern=r"^[a-z0-9-]{1,64}$")]
    serves: Annotated[tuple[str, ...], Field(min_length=1)]
    url: Annotated[str, Field(pattern=r"^https?://")]
    adapter: str = "http"
    token_file: Path | None = None
    token_env: str | None = None
    deadline_s: Annotated[float, Field(gt=0, le=300)] = 20.0
    ask_every_s: Annotated[float, Field(ge=0.05, le=3600)] = 30.0

    def token(self) -> str:
        """Return its secret, "" when none is named. Raises :class:`DepartmentSetUpError`."""
        try:
            return secret_value(self.token_file, self.token_env)
        except SecretMissingError as error:
            raise DepartmentSetUpError(f"{FILE}: {self.code}: {error}") from None


class _File(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    department: tuple[DepartmentSystem, ...] = ()


@dataclass(frozen=True, slots=True)
class Departments:
    """The systems, by code."""

    systems: tuple[DepartmentSystem, ...] = ()
    adapter: Callable[[DepartmentSystem], DepartmentAdapter] = field(
        default_factory=lambda: adapter_for
    )
    """How a worker reaches a system."""

    def serving(self, department: str) -> DepartmentSystem | None:
        """Return the system of a department (its Chinese name), if it has one."""
        return next((each for each in self.systems if department in each.serves), None)


def read_departments(data_dir: Path) -> Departments:
    """Read the file, if there is one. Raises :class:`DepartmentSetUpError`: one line."""
    try:
        raw = (data_dir / FILE).read_bytes()
    except FileNotFoundError:
        return Departments()
    except OSError as error:
        raise DepartmentSetUpError(f"{FILE}: cannot be read ({error.strerror})") from None
    try:
        systems = _File.model_validate(tomllib.loads(raw.decode("utf-8"))).department
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        place = ".".join(str(step) for step in first["loc"])
        raise DepartmentSetUpError(f"{FILE}: {place}: {first['msg']}") from None
    except ValueError as error:
        raise DepartmentSetUpError(f"{FILE}: {str(error).splitlines()[0]}") from None
    codes = [system.code for system in systems]
    served = [name for system in systems for name in system.serves]
    for kind, names in (("code", codes), ("department", served)):
        if len(set(names)) != len(names):
            raise DepartmentSetUpError(f"{FILE}: a {kind} stands twice")
    for system in systems:
        system.token()  # a secret that is not there is said at start, not at the first case
    return Departments(systems)


def adapter_for(system: DepartmentSystem) -> DepartmentAdapter:
    """Make the adapter of a system. Raises :class:`DepartmentSetUpError`."""
    if system.adapter == "http":
        from central_platform.departments.http_adapter import HttpDepartment  # noqa: PLC0415 - start-up time

        return HttpDepartment(system.url, system.token(), deadline_s=system.deadline_s)
    for point in entry_points(group=ENTRY_POINTS, name=system.adapter):
        adapter: DepartmentAdapter = point.load()(system)
        return adapter
    raise DepartmentSetUpError(f"{FILE}: {system.code}: no adapter {system.adapter!r}")
