# SPDX-License-Identifier: Apache-2.0
"""Every sentence that the terminal says, in both languages, by key.

One YAML file an area beside this module: ``key: {zh: …, en: …}``, keys like ``review.help``.
Sentences take parameters in ``str.format`` style. Chinese is the source; English is written, not
translated word for word.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Literal

Language = Literal["zh", "en"]


class UnknownWordsError(KeyError):
    """A key that no file has: a mistake in our code, found by the tests."""


@cache
def all_words() -> Mapping[str, Mapping[str, str]]:
    """Return every sentence by key; a key that stands in two files is an error."""
    import yaml  # noqa: PLC0415 - the first picture needs words (`opening`) before there is time for it

    # The one in C where PyYAML was built with it: eight times as fast, and every start waits for it.
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    words: dict[str, Mapping[str, str]] = {}
    for source in sorted(Path(__file__).parent.glob("*.yaml")):
        for key, sentence in (yaml.load(source.read_text("utf-8"), loader) or {}).items():  # noqa: S506 - a safe one
            if key in words:
                raise UnknownWordsError(f"{key} stands twice, again in {source.name}")
            words[key] = sentence
    return words


def knows(key: str) -> bool:
    """Tell whether there is a sentence of that key."""
    return key in all_words()


def say(key: str, language: Language = "zh", /, **params: str | int) -> str:
    """Return the sentence of ``key``, with its parameters filled in."""
    try:
        sentence = all_words()[key][language]
    except KeyError:
        raise UnknownWordsError(key) from None
    return sentence.format(**params) if params else sentence
