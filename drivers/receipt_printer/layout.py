# SPDX-License-Identifier: Apache-2.0
"""A receipt as blocks on paper: title, big number, rows, notes, code. No bytes, no fonts here.

All lengths are columns (half a Chinese character) or dots (an eighth of a millimetre). A line break
in a text starts a second line, which is how a receipt carries English under its Chinese.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from drivers.core import Receipt

Measure = Callable[[str], int]
"""Columns of a line of text in single size."""

NO_LINE_STARTS_WITH: Final = frozenset("，。、；：？！）》」』”’…—·％,.;:?!)]}>%")
NO_LINE_ENDS_WITH: Final = frozenset("（《「『“‘([{<")

LEAD: Final = 10
"""White dots under a line of text."""
ROW: Final = 16
"""White dots under a row."""
PARAGRAPH: Final = 16
"""White dots between notes, added to the lead."""
SECTION: Final = 22
"""White dots around a rule."""
_LABEL_LIMIT: Final = 18
"""The widest label that others line up with; a longer one takes a line of its own."""
_GAP: Final = 2
_BULLET: Final = "· "
_SECOND_LANGUAGE: Final = re.compile(r"^([^\n]*[^\x00-\x7f]) +([A-Za-z][ -~]{3,})$")
"""Chinese with its English behind it."""


@dataclass(frozen=True, slots=True)
class TextBlock:
    """One line of text; ``width`` and ``height`` enlarge it (1-8)."""

    text: str
    centred: bool = False
    bold: bool = False
    width: int = 1
    height: int = 1
    lead: int = LEAD
    grouped: bool = False
    """Open the digits up in fours, by spacing, so that the text itself stays as it is."""


@dataclass(frozen=True, slots=True)
class SpaceBlock:
    """White paper."""

    dots: int


@dataclass(frozen=True, slots=True)
class RuleBlock:
    """A line across the paper."""

    dots: int = 2
    dotted: bool = False


@dataclass(frozen=True, slots=True)
class CodeBlock:
    """A QR code with its quiet zone."""

    content: str


Block = TextBlock | SpaceBlock | RuleBlock | CodeBlock


def lay_out(receipt: Receipt, columns: int, measure: Measure) -> tuple[Block, ...]:
    """Return the blocks of a slip, top to bottom. Texts have to be clean (see ``encoding.clean``)."""
    sections = [
        tuple(_title(receipt.title, columns, measure)),
        tuple(_number(receipt.number or "", columns, measure)),
        tuple(_rows(receipt.rows, columns, measure)),
        tuple(_notes(receipt.notes, columns, measure)),
        (CodeBlock(receipt.qr),) if receipt.qr else (),
    ]
    blocks: list[Block] = []
    for section in sections:
        if not section:
            continue
        if blocks and not isinstance(section[0], CodeBlock):
            strong = len(blocks) == len(sections[0])
            blocks += [
                SpaceBlock(SECTION - LEAD),
                RuleBlock(dots=3 if strong else 2, dotted=not strong),
                SpaceBlock(SECTION),
            ]
        blocks += section
    return tuple(blocks)


def _title(title: str, columns: int, measure: Measure) -> Iterator[Block]:
    """Title in double size; what does not fit becomes tall instead of wide; English stays small."""
    first, *others = _SECOND_LANGUAGE.sub(r"\1\n\2", title).split("\n")
    if first.strip():
        wide = 2 if measure(first) <= columns else 1
        for line in _balanced(first, columns // wide, measure):
            yield TextBlock(line, centred=True, bold=True, width=wide, height=2)
    for other in others:
        for line in wrap(other, columns, measure):
            yield TextBlock(line, centred=True)


def _number(number: str, columns: int, measure: Measure) -> Iterator[Block]:
    """Print the number as large as one line holds, between two and four times, never broken early."""
    number = number.replace("\n", " ").strip()
    if not number:
        return
    needed = measure(number)
    grouped = number.isascii() and number.isalnum() and len(number) > 6  # noqa: PLR2004 - short ones are read at once
    if grouped:
        needed += (len(number) - 1) // 4
    size = next((size for size in (4, 3, 2) if needed * size <= columns), 1)
    for line in wrap(number, columns // size, measure):
        yield TextBlock(
            line,
            centred=True,
            bold=True,
            width=size,
            height=max(3 if size > 1 else 2, size),
            grouped=grouped and needed <= columns,
        )


def _rows(rows: tuple[tuple[str, str], ...], columns: int, measure: Measure) -> Iterator[Block]:
    """Line the values up behind the widest label of ordinary length."""
    limit = min(_LABEL_LIMIT, columns * 2 // 5)
    labels = [_parts(label, limit, measure) if label.strip() else [] for label, _ in rows]
    widths = [measure(part) for parts in labels for part in parts]
    stop = max((width for width in widths if width <= limit), default=0) + _GAP
    for parts, (_, value) in zip(labels, rows, strict=True):
        yield from _row(parts, value, stop, columns, measure)


def _row(
    label: list[str], value: str, stop: int, columns: int, measure: Measure
) -> Iterator[Block]:
    if any(measure(part) > stop - _GAP for part in label):
        for part in label:
            for line in wrap(part, columns, measure):
                yield TextBlock(line)
        label = []
    right = _lines(value, columns - stop, measure)
    height = max(len(label), len(right))
    for number in range(height):
        name = label[number] if number < len(label) else ""
        said = right[number] if number < len(right) else ""
        text = name + " " * (stop - measure(name)) + said if said else name
        yield TextBlock(text, lead=ROW if number == height - 1 else LEAD)


def _notes(notes: tuple[str, ...], columns: int, measure: Measure) -> Iterator[Block]:
    """Set each note with a dot before it and its further lines under the text."""
    written = [note for note in notes if note.strip()]
    hang = measure(_BULLET)
    for number, note in enumerate(written):
        if number:
            yield SpaceBlock(PARAGRAPH - LEAD)
        first = True
        for line in _lines(note, columns - hang, measure):
            yield TextBlock((_BULLET if first else " " * hang) + line)
            first = False


def _lines(text: str, columns: int, measure: Measure) -> list[str]:
    """Wrap a text; its English takes lines of its own if both do not fit on one."""
    parts = _parts(text, columns, measure)
    return [line for part in parts for line in wrap(part, columns, measure)]


def _parts(text: str, columns: int, measure: Measure) -> list[str]:
    """Split where the writer wanted a new line, or else where the language changes."""
    parts = text.split("\n")
    if len(parts) == 1 and measure(text) > columns:
        parts = _SECOND_LANGUAGE.sub(r"\1\n\2", text).split("\n")
    return parts


def _balanced(text: str, columns: int, measure: Measure) -> list[str]:
    """Wrap so that the lines are about equally long: a title never leaves one character behind."""
    lines = wrap(text, columns, measure)
    if len(lines) < 2:  # noqa: PLR2004 - nothing to balance
        return lines
    bracket = re.search(r"(?<=.)[（(《]", text)
    if bracket and len(lines) == 2:  # noqa: PLR2004 - what stands in brackets is a good second line
        parts = [text[: bracket.start()].rstrip(), text[bracket.start() :]]
        if all(measure(part) <= columns for part in parts):
            return parts
    for narrower in range(-(-measure(text) // len(lines)), columns):
        attempt = wrap(text, narrower, measure)
        if len(attempt) == len(lines):
            return attempt
    return lines


def wrap(text: str, columns: int, measure: Measure) -> list[str]:
    """Break one paragraph into lines of at most ``columns``.

    Chinese breaks anywhere except before closing and after opening punctuation; Latin words and
    numbers stay whole unless one alone is wider than the line. An empty text is one empty line.
    """
    lines: list[str] = []
    current = ""
    for word in _words(text):
        if measure(current + word.rstrip(" ")) <= columns:
            current += word
            continue
        if current.strip():
            lines.append(current.rstrip(" "))
        current = word.lstrip(" ")
        while measure(current.rstrip(" ")) > columns:
            head = _fitting(current, columns, measure)
            lines.append(head)
            current = current[len(head) :]
    if current.rstrip(" ") or not lines:
        lines.append(current.rstrip(" "))
    return lines


def _fitting(word: str, columns: int, measure: Measure) -> str:
    """Return the longest start of the word that fits, at least one character."""
    end = 1
    while end < len(word) and measure(word[: end + 1]) <= columns:
        end += 1
    return word[:end]


def _words(text: str) -> Iterator[str]:
    """Split where a line may break: each piece has to stay together."""
    piece = ""
    for character in text:
        if piece and _may_break(piece[-1], character):
            yield piece
            piece = ""
        piece += character
    if piece:
        yield piece


def _may_break(before: str, after: str) -> bool:
    if unicodedata.category(after).startswith("M"):
        return False  # a mark stays with what it marks
    if after in NO_LINE_STARTS_WITH or before in NO_LINE_ENDS_WITH or after == " ":
        return False
    if before == " ":
        return True
    # Latin letters, digits and their punctuation stick together; Chinese does not.
    return not (before.isascii() and after.isascii())
