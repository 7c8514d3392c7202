# SPDX-License-Identifier: Apache-2.0
"""Makes docs/durability.md of the figures under docs/durability: ``python -m tests.chaos.publish``.

No figure is typed by hand: the page is this module's words and the recorded numbers, and a test compares.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from tests.chaos.record import GATES

ROOT: Final = Path(__file__).parents[2]
PAGE: Final = ROOT / "docs" / "durability.md"
FIGURES: Final = ROOT / "docs" / "durability"
WORDS: Final = ROOT / "docs" / "durability" / "words"
"""One Markdown file a gate: what is done, what counts as failure, what it does not show."""


def page() -> str:
    """Return the whole page."""
    parts = [(WORDS / "preface.md").read_text("utf-8").strip()]
    for gate, title in GATES.items():
        parts.append(f"## {title}")
        words = WORDS / f"{gate}.md"
        parts.append(words.read_text("utf-8").strip() if words.exists() else "Not described yet.")
        tables = [_table(document) for document in _documents(gate)]
        parts.extend(tables or ["*No figures are recorded.*"])
    return "\n\n".join(parts) + "\n"


def _documents(gate: str) -> Iterator[dict[str, Any]]:
    for path in sorted(FIGURES.glob(f"{gate}*.json")):
        yield json.loads(path.read_text("utf-8"))


def _table(document: dict[str, Any]) -> str:
    seed = f", seed `{document['seed']}`" if document["seed"] != "" else ""
    head = f"`{document['command']}`{seed}, {document['measured']}, {document['machine']}:"
    rows = [f"| {name} | {_shown(value)} |" for name, value in document["figures"].items()]
    return "\n".join([head, "", "| measured | |", "|---|---|", *rows])


def _shown(value: object) -> str:
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
