# SPDX-License-Identifier: Apache-2.0
"""Where a terminal stands, as it learns at enrolment. Names come from here and are never retyped there."""

from __future__ import annotations

from kiosk.protocol.messages import NearbyPoint, PlaceProfile
from kiosk.protocol.wire import Text

_REGION_DIGITS = 6

DEMONSTRATION_POINTS = (
    NearbyPoint(
        name=Text(zh="演示银行文清支行自助区", en="Demonstration Bank, Wenqing Branch"),
        distance_m=320,
        direction=Text(zh="出门右转", en="turn right outside"),
    ),
    NearbyPoint(
        name=Text(zh="样例邮政所自助区", en="Sample Post Office"),
        distance_m=850,
        direction=Text(zh="沿演示路向北", en="north along Yanshi Road"),
    ),
)
"""Invented, until terminals' own places are registered (the service map is another group of the protocol)."""


def profile_of(
    *, place: str, place_en: str, region: str, host_type: str, duty_phone: str
) -> PlaceProfile:
    """Return a place's profile. Raises ``ValueError`` for a region that is not six digits."""
    if len(region) != _REGION_DIGITS or not region.isdecimal():
        raise ValueError("a region code has six digits")
    return PlaceProfile(
        place=Text(zh=place, en=place_en),
        region=region,
        host_type=host_type,
        duty_phone=duty_phone,
        nearest=DEMONSTRATION_POINTS,
    )
