# SPDX-License-Identifier: Apache-2.0
"""An e-licence as a sealed page. SYNTHETIC, as everything that this platform knows of residents."""

from __future__ import annotations

from typing import Any

from central_platform.context import HALL_TIME, PlatformContext
from central_platform.proofs import sealed_page
from central_platform.residents import synthetic_data
from central_platform.storage.models import SyntheticResident

_ISSUER = "赣州市政务服务中心（演示）"


def licence_pdf(
    platform: PlatformContext, resident: SyntheticResident, licence: dict[str, Any], trace: str
) -> bytes:
    """Return the sealed PDF; the trace of its use is printed on it."""
    names = synthetic_data()["licence_names"]
    name = names.get(licence["code"], {"zh": licence["code"]})["zh"]
    issued = platform.now().astimezone(HALL_TIME)
    return sealed_page(
        "licence",
        {
            "name": name,
            "holder": resident.name,
            "number": resident.number,
            "identifier": licence["identifier"],
            "issued": str(licence.get("issued") or "—"),
            "valid_to": str(licence["valid_to"] or "长期"),
            "fetched": f"{issued:%Y-%m-%d %H:%M}",
            "trace": trace,
            "issuer": _ISSUER,
        },
        _ISSUER,
        platform.secrets.seal,
    )
