# SPDX-License-Identifier: Apache-2.0
"""Every sentence of the console, in both languages, by key; Chinese is the source."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from importlib.resources import files

import yaml

from central_platform.context import HALL_TIME
from kiosk.protocol.wire import Language, Text

_WEEKDAYS = "一二三四五六日"
_HOUR = timedelta(hours=1)
_DAY = timedelta(days=1)
_MINUTE_S = 60


class UnknownWordsError(KeyError):
    """A key that the file does not have: a mistake in our code, found by the tests."""


@cache
def all_words() -> Mapping[str, Mapping[str, str]]:
    """Return every sentence by key."""
    source = files("central_platform.console").joinpath("words.yaml")
    words: dict[str, Mapping[str, str]] = yaml.safe_load(source.read_text("utf-8"))
    return words


@dataclass(frozen=True, slots=True)
class Words:
    """The sentences in one language; pages call it: ``w("fleet.title")``."""

    language: Language
    now: datetime

    def __call__(self, key: str, /, **params: object) -> str:
        """Return the sentence of ``key``, with its parameters filled in."""
        try:
            sentence = all_words()[key][self.language]
        except KeyError:
            raise UnknownWordsError(key) from None
        return sentence.format(**params) if params else sentence

    def nearest(self, prefix: str, code: str, /, **params: object) -> str:
        """Return the sentence of the longest known beginning of a dotted code: ``dev.x.y``, ``dev.x``, ``dev``."""
        parts = code.split(".")
        for length in range(len(parts), 0, -1):
            key = ".".join([prefix, *parts[:length]])
            if key in all_words():
                return self(key, **params)
        return self(f"{prefix}.other", **params)

    def text(self, text: Text) -> str:
        """Return a text of the catalogue or a profile."""
        return text.in_language(self.language)

    def time(self, at: datetime) -> str:
        """Return a moment as people say it: with its day unless that is today, with its year unless this."""
        local, today = at.astimezone(HALL_TIME), self.now.astimezone(HALL_TIME).date()
        clock = f"{local:%H:%M}"
        return clock if local.date() == today else f"{self.day(local.date())} {clock}"

    def day(self, day: date) -> str:
        """Return a day."""
        year = day.year != self.now.astimezone(HALL_TIME).year
        if self.language == "zh":
            words = f"{day.month}月{day.day}日"
            return f"{day.year}年{words}" if year else words
        words = f"{day.day} {day:%b}"
        return f"{words} {day.year}" if year else words

    def weekday(self, day: date) -> str:
        """Return the day of the week."""
        return f"周{_WEEKDAYS[day.weekday()]}" if self.language == "zh" else f"{day:%a}"

    def span(self, length: timedelta) -> str:
        """Return how long something lasts, in its largest fitting unit."""
        if length < timedelta(minutes=1):
            return self("span.moment")
        if length < _HOUR:
            return self("span.minutes", n=length // timedelta(minutes=1))
        if length < _DAY:
            return self("span.hours", n=length // _HOUR)
        return self("span.days", n=length // _DAY)

    def span_s(self, seconds: float) -> str:
        """Return how long some seconds are, in their largest fitting unit."""
        return self.span(timedelta(seconds=max(0.0, seconds)))

    def seconds(self, seconds: float) -> str:
        """Return a short time to the second, a longer one in its largest fitting unit."""
        if seconds < _MINUTE_S:
            return self("span.seconds", n=round(seconds))
        return self.span_s(seconds)

    def since(self, at: datetime) -> str:
        """Return how long ago something was."""
        return self.span(max(timedelta(0), self.now - at))

    def listed(self, words: tuple[str, ...] | list[str]) -> str:
        """Return words one after the other."""
        return ("、" if self.language == "zh" else ", ").join(words)
