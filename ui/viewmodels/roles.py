# SPDX-License-Identifier: Apache-2.0
"""How the parts of a view are called in QML: role name → attribute of the dataclass.

Names that Qt Quick items have already (``id``, ``icon``, ``enabled``, ``state``, ``text``) get another
word, so that a delegate can take every role as a required property.
"""

from __future__ import annotations

ACTION = {
    "actId": "id",
    "label": "label",
    "glyph": "icon",
    "primary": "primary",
    "usable": "enabled",
}
STEP = {"label": "label", "phase": "state"}
ROW = {"label": "label", "value": "value"}
TILE = {
    "code": "code",
    "name": "name",
    "summary": "summary",
    "department": "department",
    "glyph": "icon",
    "badge": "badge",
    "available": "available",
    "availability": "availability",
}
SITUATION = {
    "code": "code",
    "label": "label",
    "glyph": "icon",
    "count": "count",
    "selected": "selected",
}
GUIDE_BLOCK = {"title": "title", "words": "text", "glyph": "icon"}
WAY = {
    "wayId": "id",
    "label": "label",
    "help": "help",
    "glyph": "icon",
    "available": "available",
    "reason": "reason",
}
OPTION = {
    "optionId": "id",
    "label": "label",
    "detail": "detail",
    "glyph": "icon",
    "status": "status",
    "tone": "tone",
    "available": "available",
}
PAST_STEP = {"label": "label", "words": "words", "phase": "phase"}
CHOICE = {"value": "value", "label": "label", "selected": "selected"}
FIELD = {
    "key": "key",
    "label": "label",
    "widget": "widget",
    "value": "value",
    "shown": "shown",
    "source": "source",
    "locked": "locked",
    "help": "help",
    "example": "example",
    "error": "error",
    "mandatory": "required",
    "editing": "editing",
}
MATERIAL = {
    "code": "code",
    "name": "name",
    "phase": "state",
    "words": "state_words",
    "tone": "tone",
}
SHEET = {"label": "label", "picture": "picture"}
SECTION = {"sectionId": "id", "title": "title", "changeable": "changeable"}
WORK_STEP = {"label": "label", "phase": "state"}
PAPER = {"label": "label", "phase": "state", "words": "words", "tone": "tone"}
GRADE = {"value": "value", "label": "label", "glyph": "icon", "selected": "selected"}
REMINDER = {"reminderId": "id", "label": "label", "glyph": "icon", "urgent": "urgent"}
