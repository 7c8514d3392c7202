# SPDX-License-Identifier: Apache-2.0
"""The catalogue as it is published: the item files, checked, with a version and a signature."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

import yaml
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pydantic import ValidationError

from central_platform.registers import register_fields
from central_platform.shared_rules import UnknownRuleError, with_shared_rules
from kiosk.protocol.catalogue import CATALOGUE_PURPOSE, AnswerRow, Catalogue, ServiceItem
from kiosk.protocol.wire import Signed, Text, canonical_bytes, sha256_hex


class ItemInvalidError(ValueError):
    """An item file breaks the rules; the message names file, place and reason.

    ``kind`` and ``place`` (keys and indexes on the way down the file) say it to programs; where the file
    breaks its model, the cause has every place.
    """

    def __init__(self, words: str, kind: str = "", place: tuple[str | int, ...] = ()) -> None:
        self.kind = kind
        self.place = place
        super().__init__(words)


@dataclass(frozen=True, slots=True)
class PublishedCatalogue:
    """What terminals get."""

    catalogue: Catalogue
    etag: str
    signed: Signed


@cache
def shipped_items() -> tuple[ServiceItem, ...]:
    """Return the items that ship with the platform."""
    return read_items(shipped_item_files())


def shipped_item_files() -> tuple[Path, ...]:
    """Return their files, by name."""
    folder = Path(str(files("central_platform").joinpath("catalogue", "items")))
    return tuple(sorted(folder.glob("*.yaml")))


def read_items(sources: Sequence[Traversable]) -> tuple[ServiceItem, ...]:
    """Read and check item files, ordered by code. Raises :class:`ItemInvalidError`."""
    items = sorted((_read(source) for source in sources), key=lambda item: item.code)
    codes = [item.code for item in items]
    if len(set(codes)) != len(codes):
        raise ItemInvalidError(f"a code stands twice: {codes}", "code_twice", ("code",))
    return tuple(items)


def publish(items: Sequence[ServiceItem], key: Ed25519PrivateKey) -> PublishedCatalogue:
    """Sign the catalogue; its version is a hash of what it says, so equal catalogues have equal versions."""
    listed = [item.model_dump(mode="json") for item in items]
    version = sha256_hex(canonical_bytes(listed))[:16]
    catalogue = Catalogue(version=version, items=tuple(items))
    signed = Signed.sign(CATALOGUE_PURPOSE, catalogue.canonical(), key)
    return PublishedCatalogue(catalogue, f'"{version}"', signed)


@cache
def licence_names() -> Mapping[str, Text]:
    """Return every e-licence that may replace a paper, with its name."""
    source = files("central_platform").joinpath("data", "licences.yaml")
    told = yaml.safe_load(source.read_text("utf-8"))
    return {code: Text(**name) for code, name in told.items()}


def item_schema() -> dict[str, Any]:
    """Return the JSON Schema of an item file, for editors and other platforms."""
    schema = ServiceItem.model_json_schema()
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


def _read(source: Traversable) -> ServiceItem:
    from jsonschema import Draft202012Validator  # noqa: PLC0415 - start-up time
    from jsonschema.exceptions import SchemaError  # noqa: PLC0415

    place: tuple[str | int, ...] = ()
    try:
        told = yaml.safe_load(source.read_text("utf-8"))
        item = ServiceItem.model_validate(with_shared_rules(told))
        for place, schema in (  # noqa: B007 - the refusal below tells it
            (("form", "json_schema"), item.form.json_schema),
            *((("rules", index, "when"), rule.when) for index, rule in enumerate(item.rules)),
        ):
            Draft202012Validator.check_schema(schema)
    except yaml.YAMLError as error:
        raise ItemInvalidError(f"{source.name}: not YAML ({error})") from error
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise ItemInvalidError(f"{source.name}: {where}: {first['msg']}") from error
    except UnknownRuleError as error:
        raise ItemInvalidError(f"{source.name}: rules: {error}", "shared", ("rules",)) from error
    except (UnicodeDecodeError, RecursionError, ValueError) as error:
        # A date or number that cannot be, half a character, brackets without end.
        raise ItemInvalidError(f"{source.name}: not readable ({type(error).__name__})") from error
    except SchemaError as error:
        words = f"{source.name}: not a JSON Schema ({error.message})"
        raise ItemInvalidError(words, "schema", place) from error
    _check_as_a_whole(source.name, item)
    return item


def _check_as_a_whole(file: str, item: ServiceItem) -> None:
    """Check what one field alone cannot show."""
    if file != f"{item.code}.yaml":
        words = f"{file}: the file must be named {item.code}.yaml"
        raise ItemInvalidError(words, "file_name", ("code",))
    consents = [consent.code for consent in item.consents]
    if len(set(consents)) != len(consents):
        raise ItemInvalidError(f"{file}: a consent's code stands twice", "consent", ("consents",))
    places: list[tuple[tuple[str | int, ...], AnswerRow]] = [
        (("answer", index), row) for index, row in enumerate(item.answer)
    ]
    for number, result in enumerate(item.results):
        places += [(("results", number, "rows", at), row) for at, row in enumerate(result.rows)]
    for place, row in places:
        register, _, field = row.value.partition(".")
        if field not in register_fields(register):
            words = f"{file}: no register has the field {row.value}"
            raise ItemInvalidError(words, "register_field", (*place, "value"))
