# SPDX-License-Identifier: Apache-2.0
"""The catalogue as it is published: the item files, checked, with a version and a signature."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

import yaml
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pydantic import ValidationError

from central_platform.registers import register_fields
from central_platform.shared_rules import UnknownRuleError, with_shared_rules
from kiosk.protocol.catalogue import CATALOGUE_PURPOSE, Catalogue, ServiceItem
from kiosk.protocol.wire import Signed, canonical_bytes, sha256_hex


class ItemInvalidError(ValueError):
    """An item file breaks the rules; the message names file, place and reason."""


@dataclass(frozen=True, slots=True)
class PublishedCatalogue:
    """What terminals get."""

    catalogue: Catalogue
    etag: str
    signed: Signed


@cache
def shipped_items() -> tuple[ServiceItem, ...]:
    """Return the items that ship with the platform."""
    folder = files("central_platform").joinpath("catalogue", "items")
    return read_items([entry for entry in folder.iterdir() if entry.name.endswith(".yaml")])


def read_items(sources: Sequence[Traversable]) -> tuple[ServiceItem, ...]:
    """Read and check item files, ordered by code. Raises :class:`ItemInvalidError`."""
    items = sorted((_read(source) for source in sources), key=lambda item: item.code)
    codes = [item.code for item in items]
    if len(set(codes)) != len(codes):
        raise ItemInvalidError(f"a code stands twice: {codes}")
    return tuple(items)


def publish(items: Sequence[ServiceItem], key: Ed25519PrivateKey) -> PublishedCatalogue:
    """Sign the catalogue; its version is a hash of what it says, so equal catalogues have equal versions."""
    listed = [item.model_dump(mode="json") for item in items]
    version = sha256_hex(canonical_bytes(listed))[:16]
    catalogue = Catalogue(version=version, items=tuple(items))
    signed = Signed.sign(CATALOGUE_PURPOSE, catalogue.canonical(), key)
    return PublishedCatalogue(catalogue, f'"{version}"', signed)


def item_schema() -> dict[str, Any]:
    """Return the JSON Schema of an item file, for editors and other platforms."""
    schema = ServiceItem.model_json_schema()
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


def _read(source: Traversable) -> ServiceItem:
    from jsonschema import Draft202012Validator  # noqa: PLC0415 - start-up time
    from jsonschema.exceptions import SchemaError  # noqa: PLC0415

    try:
        told = yaml.safe_load(source.read_text("utf-8"))
        item = ServiceItem.model_validate(with_shared_rules(told))
        for schema in (item.form.json_schema, *(rule.when for rule in item.rules)):
            Draft202012Validator.check_schema(schema)
    except yaml.YAMLError as error:
        raise ItemInvalidError(f"{source.name}: not YAML ({error})") from error
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise ItemInvalidError(f"{source.name}: {place}: {first['msg']}") from error
    except UnknownRuleError as error:
        raise ItemInvalidError(f"{source.name}: rules: {error}") from error
    except (UnicodeDecodeError, RecursionError, ValueError) as error:
        # A date or number that cannot be, half a character, brackets without end.
        raise ItemInvalidError(f"{source.name}: not readable ({type(error).__name__})") from error
    except SchemaError as error:
        raise ItemInvalidError(f"{source.name}: not a JSON Schema ({error.message})") from error
    _check_as_a_whole(source.name, item)
    return item


def _check_as_a_whole(file: str, item: ServiceItem) -> None:
    """Check what one field alone cannot show."""
    if file != f"{item.code}.yaml":
        raise ItemInvalidError(f"{file}: the file must be named {item.code}.yaml")
    consents = [consent.code for consent in item.consents]
    if len(set(consents)) != len(consents):
        raise ItemInvalidError(f"{file}: a consent's code stands twice")
    for row in (*item.answer, *(row for result in item.results for row in result.rows)):
        register, _, field = row.value.partition(".")
        if field not in register_fields(register):
            raise ItemInvalidError(f"{file}: no register has the field {row.value}")
