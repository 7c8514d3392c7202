# SPDX-License-Identifier: Apache-2.0
"""The words of the very first picture, read without a YAML reader: loading one takes longer than drawing it.

``opening.yaml`` is therefore written as JSON, which is YAML too, below lines of comment.
"""

from __future__ import annotations

import json
from pathlib import Path

_PREFIX = "ui."


def opening_words(language: str) -> dict[str, str]:
    """Return the sentences by key, those of the controls without ``ui.``, as QML's tables have them."""
    lines = Path(__file__).with_name("opening.yaml").read_text("utf-8").splitlines()
    words = json.loads("\n".join(line for line in lines if not line.startswith("#")))
    return {key.removeprefix(_PREFIX): sentence[language] for key, sentence in words.items()}
