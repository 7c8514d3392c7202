# SPDX-License-Identifier: Apache-2.0
"""Reads a submission as ``kiosk outbox submit`` takes it."""

from __future__ import annotations

import mimetypes
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from kiosk.protocol.envelope import Payload, PlainAttachment
from kiosk.protocol.wire import canonical_bytes


class SubmissionInvalid(Exception):  # noqa: N818 - it names a line, it is not an error of ours
    """What was given cannot be submitted; one line, without anything of its content."""


@dataclass(frozen=True, slots=True)
class GivenSubmission:
    """One submission, read and complete."""

    item: str
    item_version: str
    payload: Payload = field(repr=False)
    attachments: tuple[PlainAttachment, ...] = field(repr=False)


class _Line(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    item: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$")
    item_version: str = ""
    form: dict[str, Any] = Field(default_factory=dict, repr=False)
    attachments: tuple[str, ...] = ()


def read_submission(text: str | bytes, more: Sequence[Path] = ()) -> GivenSubmission:
    """Read one submission and its attachments. Raises :class:`SubmissionInvalid`."""
    try:
        line = _Line.model_validate_json(text)
        canonical_bytes(line.form)
    except ValidationError as error:
        raise SubmissionInvalid(_reason(error)) from None
    except ValueError:
        # Numbers beyond 2**53, lone surrogates: they would not come out as they went in.
        raise SubmissionInvalid("form: a value has no exact JSON form") from None
    paths = [*(Path(name) for name in line.attachments), *more]
    return GivenSubmission(
        item=line.item,
        item_version=line.item_version,
        payload=Payload(form=line.form),
        attachments=tuple(_attachment(path) for path in paths),
    )


def _attachment(path: Path) -> PlainAttachment:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise SubmissionInvalid(f"attachment {path}: cannot be read ({error.strerror})") from None
    except ValueError:
        raise SubmissionInvalid("attachments: not the name of a file") from None
    media_type = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    return PlainAttachment(name=path.name, media_type=media_type, data=data)


def _reason(error: ValidationError) -> str:
    """Say where and what, never what stands there: forms are about people."""
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    if first["type"] == "json_invalid":
        return "not JSON"
    place = str(first["loc"][0]) if first["loc"] else "submission"
    if first["type"] == "extra_forbidden":
        return "there is a field besides item, item_version, form and attachments"
    if first["type"] == "missing":
        return f"{place} is missing"
    if place == "item" and first["type"] == "string_pattern_mismatch":
        return "item is not a code like social-insurance-proof"
    return f"{place}: {first['msg']}"
