# SPDX-License-Identifier: Apache-2.0
"""Everything that an application lacks, at once (一次性告知), before anything is sent.

The same rules as at intake: the item's JSON Schema for the form, its materials, its list of what may follow.
"""

from __future__ import annotations

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from kiosk.protocol.catalogue import ServiceItem
from kiosk.protocol.services import CheckAnswer, CheckRequest, Complaint
from kiosk.protocol.wire import Text

_MISSING = Text(zh="请填写这一项", en="Please fill this in")
_UNKNOWN = Text(zh="表格里没有这一项", en="The form has no such field")
_WRONG = Text(zh="请核对这一项", en="Please check this")
_NO_PAPER = Text(zh="还缺这份材料", en="This paper is missing")
_NOT_LATER = Text(zh="这份材料不能后补", en="This paper may not follow later")
_NOT_ASKED = Text(zh="这个事项不需要这份材料", en="This matter does not need this paper")


def check(item: ServiceItem, asked: CheckRequest) -> CheckAnswer:
    """Return all complaints; the words at a field are the item's own where it has some."""
    complaints = dict(_form_complaints(item, asked))
    known = {material.code: material for material in item.materials}
    there = set(asked.materials)
    for code in asked.deferred:
        if code in known and not known[code].deferrable:
            complaints.setdefault(code, _NOT_LATER)
    for code in (*asked.materials, *asked.deferred):
        if code not in known:
            complaints.setdefault(code, _NOT_ASKED)
    for code in known:
        if code not in there and code not in asked.deferred:
            complaints.setdefault(code, _NO_PAPER)
    return CheckAnswer(
        complete=not complaints,
        complaints=tuple(
            Complaint(about=about, reason=reason) for about, reason in complaints.items()
        ),
        deferrable=tuple(
            code
            for code, material in known.items()
            if material.deferrable and code not in there and code not in asked.deferred
        ),
    )


def _form_complaints(item: ServiceItem, asked: CheckRequest) -> list[tuple[str, Text]]:
    own_words = {
        field.key: field.error
        for group in item.form.groups
        for field in group.fields
        if field.error is not None
    }
    found: list[tuple[str, Text]] = []
    errors: list[ValidationError] = list(
        Draft202012Validator(item.form.json_schema).iter_errors(dict(asked.form))
    )
    for error in errors:
        if error.absolute_path:
            key = str(error.absolute_path[0])
            found.append((key, own_words.get(key, _WRONG)))
        elif error.validator == "required":
            found += [
                (key, own_words.get(key, _MISSING))
                for key in item.form.json_schema["required"]
                if key not in asked.form
            ]
        else:
            known = set(item.form.json_schema.get("properties", {}))
            found += [(key[:64], _UNKNOWN) for key in asked.form if key not in known]
    return found
