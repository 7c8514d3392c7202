# SPDX-License-Identifier: Apache-2.0
# ruff: noqa: INP001 - a script beside others, no package
"""Describes the types that Python registers for QML in moc's JSON, for ``pyside6-qmltyperegistrar``.

``pyside6-metaobjectdump`` reads the source only: it loses pointers (``Rows`` for ``Rows*``), writes Python's
names for lists, forgets signals that a base class owns, and depends on the order of its arguments. The
living meta-objects know all of this, so they are asked instead.

Usage: ``python packaging/qml_types.py FOLDER``; writes ``<Module>.json`` per QML module into FOLDER.
"""

from __future__ import annotations

import importlib
import json
import pkgutil
import sys
from pathlib import Path
from types import ModuleType

from PySide6.QtCore import QMetaMethod, QMetaObject, QMetaProperty, QObject
from PySide6.QtQuick import QQuickItem

PACKAGES = ("ui.viewmodels", "ui.bench_panel")
_REVISION = 68
"""Of moc's JSON in Qt 6.11."""
_FOREIGN = {"PyObject": "QVariant"}
"""A Python object reaches QML as an opaque value."""

_NOT_CREATABLE = [
    {"name": "QML.Creatable", "value": "false"},
    {"name": "QML.UncreatableReason", "value": "made in Python"},
]
"""Whoever starts the screens makes the models; QML only receives them. Items it makes itself."""


def main() -> int:
    """Write one JSON file a module and print the modules' names."""
    folder = Path(sys.argv[1])
    for name, classes in registered().items():
        document = [{"classes": [describe(kind) for kind in classes], "outputRevision": _REVISION}]
        (folder / f"{name}.json").write_text(json.dumps(document, indent=1), "utf-8")
        sys.stdout.write(f"{name}\n")
    return 0


def registered() -> dict[str, list[type[QObject]]]:
    """Return the registered classes of our packages by QML module, bases first."""
    modules: dict[str, list[type[QObject]]] = {}
    for module in _python_modules():
        qml_module = getattr(module, "QML_IMPORT_NAME", None)
        for thing in vars(module).values():
            is_ours = isinstance(thing, type) and thing.__module__ == module.__name__
            if qml_module and is_ours and issubclass(thing, QObject):
                modules.setdefault(qml_module, []).append(thing)
    return {
        name: sorted(kinds, key=lambda kind: len(kind.__mro__)) for name, kinds in modules.items()
    }


def _python_modules() -> list[ModuleType]:
    return [
        importlib.import_module(f"{name}.{entry.name}")
        for name in PACKAGES
        for entry in pkgutil.iter_modules(importlib.import_module(name).__path__)
        if entry.name != "__main__"
    ]


def describe(kind: type[QObject]) -> dict[str, object]:
    """Return one class as moc would write it."""
    meta: QMetaObject = kind.staticMetaObject
    base = meta.superClass()
    methods = [meta.method(place) for place in range(meta.methodOffset(), meta.methodCount())]
    return {
        "className": meta.className(),
        "qualifiedClassName": meta.className(),
        "object": True,
        "superClasses": [{"access": "public", "name": base.className() if base else "QObject"}],
        "classInfos": [
            {"name": "QML.Element", "value": "auto"},
            *([] if issubclass(kind, QQuickItem) else _NOT_CREATABLE),
        ],
        "properties": [
            _property(meta.property(place), place - meta.propertyOffset())
            for place in range(meta.propertyOffset(), meta.propertyCount())
        ],
        "signals": [_method(each) for each in methods if each.methodType() is _Kind.Signal],
        "slots": [_method(each) for each in methods if each.methodType() is _Kind.Slot],
    }


_Kind = QMetaMethod.MethodType


def _property(entry: QMetaProperty, index: int) -> dict[str, object]:
    described: dict[str, object] = {
        "name": entry.name(),
        "type": entry.typeName(),
        "read": entry.name(),
        "index": index,
        "constant": entry.isConstant(),
        "designable": True,
        "final": entry.isFinal(),
        "scriptable": True,
        "stored": True,
        "user": False,
    }
    if entry.isWritable():
        described["write"] = entry.name()
    if entry.hasNotifySignal():
        described["notify"] = bytes(entry.notifySignal().name().data()).decode()
    return described


def _method(entry: QMetaMethod) -> dict[str, object]:
    types = [bytes(each.data()).decode() for each in entry.parameterTypes()]
    return {
        "access": "public",
        "name": bytes(entry.name().data()).decode(),
        "returnType": entry.typeName() or "void",
        "arguments": [
            {"name": f"argument{place}", "type": _FOREIGN.get(name, name)}
            for place, name in enumerate(types)
        ],
    }


if __name__ == "__main__":
    sys.exit(main())
