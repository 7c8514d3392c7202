# SPDX-License-Identifier: Apache-2.0
"""What the measuring tests beside this file record, as lines of the table."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from xml.etree import ElementTree as ET

from tests.bench.figures import ENVIRONMENT, HERE, ROOT, Figure


def recorded() -> list[Figure]:
    """Run the measuring tests beside this file and take over what they recorded."""
    with tempfile.TemporaryDirectory() as folder:
        xml = Path(folder) / "bench.xml"
        subprocess.run(
            [sys.executable, "-m", "pytest", "-q", f"--junitxml={xml}", str(HERE)],
            env={**ENVIRONMENT, "HALL24_BENCH": "1"},
            cwd=ROOT,
            check=False,
            stdout=subprocess.DEVNULL,
        )
        found = ET.parse(xml).getroot()  # noqa: S314 - our own file
    figures = []
    for owner in (*found.iter("testsuite"), *found.iter("testcase")):
        for entry in owner.findall("properties/property"):
            name, value = entry.get("name", ""), entry.get("value", "")
            where = owner.get("name", "") if owner.tag == "testcase" else ""
            figures.append(_recorded(name, value, where))
    return figures


_QUEUES = "a put with a flush; ratio: the fastest of them to ours not sealed"
_KNOWN = {
    "durable put of 1 KB": ("1 KB made durable, median", _QUEUES, "≥ 1"),
    "durable put of 3 × 1 MB": ("3 × 1 MB made durable, median", _QUEUES, "≥ 1"),
    "drain": ("queue sent to the platform process", "as many requests to the same process", ""),
    "waiting": ("start with so many waiting", "", ""),
    "receipt": ("slip printed and confirmed, per millimetre", "python-escpos, unconfirmed", ""),
    "finalize with 0 MB": (
        "submissions of 1 KB made durable, per second",
        "a bare SQLite insert",
        "",
    ),
    "finalize with 3 MB": (
        "submissions of 3 × 1 MB made durable, per second",
        "a bare SQLite insert",
        "≥ 1",
    ),
}


def _recorded(name: str, value: str, where: str) -> Figure:
    what, beside, budget = _KNOWN.get(name, (name, "", ""))
    try:
        told = json.loads(value)
    except ValueError:
        return Figure(what, value, beside)
    case = where.partition("[")[2].rstrip("]")
    what = f"{what} ({case})" if case else what
    if not isinstance(told, dict):
        return Figure(what, f"{told} × the other", beside, "1", float(told), budget)
    ratio = told.pop("ratio", told.pop("ratio_per_mm", None))
    ours, theirs = told.pop("ours", None), told.pop("bare", None)
    text = json.dumps(ours or told, ensure_ascii=False).strip("{}").replace('"', "")
    other = json.dumps(theirs).strip("{}").replace('"', "") if theirs else ""
    return Figure(what, text, beside, other, ratio, budget)
