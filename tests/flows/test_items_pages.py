# SPDX-License-Identifier: Apache-2.0
"""docs/items.md and docs/items-table.md say what is so. ``WRITE_ITEMS_TABLE=1`` writes the table anew."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from central_platform.items import shipped_items
from central_platform.registers import register_fields, register_names
from central_platform.shared_rules import shared_rule_names
from drivers.core import Role
from kiosk.cli.item_checks import checked
from kiosk.flows import effects, events
from kiosk.flows.home import SITUATIONS
from kiosk.protocol.catalogue import Catalogue, ServiceItem

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "items.md").read_text("utf-8")
TABLE = DOCS / "items-table.md"
HEAD = """# The service items

Written by `WRITE_ITEMS_TABLE=1 pytest tests/flows/test_items_pages.py`. Touches are those of a resident at the
flow with scripted devices, from the first screen to the end, rating and goodbye included; typing a whole answer
counts as two. Offline 收下 means taken in and delivered later, 不能 refused before anybody logs in.

| code | 事项 | 部门 | 深度 | 承诺工作日 | 断网 | 触摸 |
|---|---|---|---|---|---|---|
"""
DEPTH = {"query": "查询", "print": "打印", "apply": "申报", "full": "全程"}


def walked(item: ServiceItem, visit: Any) -> Any:
    first = item.model_copy(update={"rank": 1})
    catalogue = Catalogue(version="2", items=(first,))
    visit.send(events.CatalogueLoaded(catalogue, 1_795_000_000.0, fresh=True))
    return visit.walk(item.code)


def row(item: ServiceItem, visit: Any) -> str:
    touches = sum(isinstance(event, events.Touch) for event in walked(item, visit).heard)
    days = "即办" if item.kind == "immediate" else str(item.promised_days)
    offline = "收下" if item.requires.platform == "queue" else "不能"
    told = (f"`{item.code}`", item.name.zh, item.department.zh, DEPTH[item.depth])
    return "| " + " | ".join((*told, days, offline, str(touches))) + " |\n"


@pytest.mark.slow
def test_the_table_is_not_stale(new_visit: Callable[..., Any]) -> None:
    table = HEAD + "".join(row(item, new_visit()) for item in shipped_items())
    if os.environ.get("WRITE_ITEMS_TABLE"):
        TABLE.write_text(table, "utf-8")
    assert TABLE.read_text("utf-8") == table


def test_the_worked_example_is_right_and_reaches_its_end(
    tmp_path: Path, new_visit: Callable[..., Any]
) -> None:
    blocks = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    (block,) = [each for each in blocks if "code: dog-registration" in each]  # others show a part
    file = tmp_path / "dog-registration.yaml"
    file.write_text(block, "utf-8")
    item, problems = checked(file)
    assert [problem.words("en") for problem in problems] == []
    assert item is not None
    for online in (True, False):
        visit = walked(item, new_visit(online=online))
        (submitted,) = [
            each for each in visit.all_asked(effects.Submit) if each.kind == "application"
        ]
        assert submitted.item == "dog-registration"
        assert visit.wiped == 1


def test_the_page_lists_all_that_may_be_used() -> None:
    for register in register_names():
        fields = " ".join(f"`{field}`" for field in register_fields(register))
        assert f"| `{register}` {register_names()[register].zh} | {fields} |" in PAGE
    for name in (*shared_rule_names(), *SITUATIONS, *(role.value for role in Role)):
        assert f"`{name}`" in PAGE
