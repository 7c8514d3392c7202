# SPDX-License-Identifier: Apache-2.0
"""An item as residents will read it, screen after screen: as text, or as a page to send around."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from typing import Final

from kiosk.protocol.catalogue import FormField, Material, ServiceItem
from kiosk.protocol.wire import Text
from kiosk.words import Language, say

Section = tuple[str, tuple[str, ...]]
_BLOCKS: Final = ("eligible", "bring", "duration", "cost", "collect")
_STYLE: Final = (
    "body{max-width:42rem;margin:2rem auto;padding:0 1rem;background:#F4F6F9;color:#12202F;"
    "font:20px/1.6 'Noto Sans CJK SC',sans-serif}h1{font-size:32px}h2{font-size:22px;color:#0B3D91}"
    "section{background:#fff;border-radius:12px;padding:.5rem 1.5rem 1rem;margin:1rem 0}"
    "li{margin:.3rem 0;white-space:pre-line}"
)


def as_text(item: ServiceItem, language: Language) -> str:
    """Return the item as plain text."""
    parts = [_in(language, item.name)]
    for title, lines in sections(item, language):
        parts += ["", f"【{title}】", *(f"  {line}" for line in "\n".join(lines).splitlines())]
    return "\n".join(parts)


def as_html(item: ServiceItem, language: Language) -> str:
    """Return the item as one page without anything from elsewhere."""
    name = escape(_in(language, item.name))
    code = "zh-CN" if language == "zh" else "en"
    body = "".join(
        f"<section><h2>{escape(title)}</h2><ul>"
        + "".join(f"<li>{escape(line)}</li>" for line in lines)
        + "</ul></section>\n"
        for title, lines in sections(item, language)
    )
    return (
        f'<!doctype html>\n<html lang="{code}"><head><meta charset="utf-8"><title>{name}</title>'
        f"<style>{_STYLE}</style></head><body>\n<h1>{name}</h1>\n{body}</body></html>\n"
    )


def sections(item: ServiceItem, language: Language) -> tuple[Section, ...]:
    """Return what the resident meets, in the order of the screens; what the item lacks is left out."""
    found = (*_before(item, language), *_during(item, language), *_after(item, language))
    return tuple((title, lines) for title, lines in found if lines)


def _before(item: ServiceItem, language: Language) -> Iterator[Section]:
    kind = "item.immediate" if item.kind == "immediate" else "item.promised"
    days = {} if item.kind == "immediate" else {"days": item.promised_days}
    offline = "kept" if item.requires.platform == "queue" else "refused"
    yield (
        say("items.show.tile", language),
        (
            _in(language, item.summary),
            _in(language, item.department),
            f"{say(kind, language, **days)} · {say(f'item.depth.{item.depth}', language)}",
            say(f"situation.{item.situation}", language),
            f"{say('items.show.offline', language)}: {say(f'items.show.{offline}', language)}",
        ),
    )
    yield (
        say("items.show.guide", language),
        tuple(
            f"{say(f'item.{block}', language)}: {_in(language, getattr(item.guide, block))}"
            for block in _BLOCKS
        ),
    )
    steps = (_in(language, step) for step in item.guide.steps)
    yield (
        say("items.show.steps", language),
        tuple(f"{number}  {step}" for number, step in enumerate(steps, start=1)),
    )


def _during(item: ServiceItem, language: Language) -> Iterator[Section]:
    for consent in item.consents:
        parts = [consent.title, consent.purpose, consent.data, consent.recipient]
        lines = [_in(language, part) for part in parts]
        if not consent.required:
            lines.append(say("items.show.refusable", language))
        yield say("items.show.consent", language), tuple(lines)
    required = item.form.json_schema.get("required", ())
    for group in item.form.groups:
        questions = [
            _question(field, language, needed=field.key in required) for field in group.fields
        ]
        helped = [_in(language, group.help)] if group.help else []
        yield _in(language, group.title), (*helped, *questions)
    yield (
        say("items.show.papers", language),
        tuple(_paper(paper, language) for paper in item.materials),
    )
    if item.promise:
        signed = f" ({say('items.show.signed', language)})" if item.signature else ""
        yield (
            say("items.show.promise", language) + signed,
            (_in(language, item.promise.text),),
        )


def _after(item: ServiceItem, language: Language) -> Iterator[Section]:
    reasons = dict.fromkeys(_in(language, rule.reason) for rule in item.rules)
    yield say("items.show.reasons", language), tuple(reasons)
    yield (
        say("items.show.answer", language),
        tuple(_in(language, row.label) for row in item.answer),
    )
    yield (
        say("items.show.results", language),
        tuple(_in(language, result.title) for result in item.results),
    )


def _question(field: FormField, language: Language, *, needed: bool) -> str:
    notes = []
    if field.prefill.startswith("usual."):
        notes.append(say("items.show.usual", language))
    elif field.prefill:
        source = say(f"items.source.{field.prefill.partition('.')[0]}", language)
        notes.append(say("items.show.filled", language, source=source))
    if field.locked:
        notes.append(say("items.show.locked", language))
    if not needed:
        notes.append(say("items.show.optional", language))
    if field.example:
        notes.append(say("items.show.example", language, example=field.example))
    told = _in(language, field.label)
    if field.choices:
        told += ": " + " / ".join(_in(language, choice.label) for choice in field.choices)
    if field.help:
        told += f"; {_in(language, field.help)}"
    return told + (f" ({', '.join(notes)})" if notes else "")


def _paper(paper: Material, language: Language) -> str:
    ways = []
    if paper.licence:
        ways.append(say("items.show.way.licence", language))
    if paper.scan:
        is_card = paper.layout == "card_both_sides"
        ways.append(say(f"items.show.way.{'card' if is_card else 'scan'}", language))
    if paper.deferrable:
        ways.append(say("items.show.way.later", language, days=paper.due_working_days))
    return f"{_in(language, paper.name)}: {' / '.join(ways)}"


def _in(language: Language, text: Text) -> str:
    return text.zh if language == "zh" else text.en
