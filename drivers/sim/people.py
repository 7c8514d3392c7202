# SPDX-License-Identifier: Apache-2.0
"""Synthetic people for the simulated card reader. Nobody here exists.

Those of region 360702 are the residents that the reference platform knows; the others are there for
their kind of card. Check digits are computed, not collected.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType
from typing import Final

from drivers.core import CardType, IdCard
from drivers.id_card.citizen_number import check_character

_ISSUER: Final = "赣州市公安局章贡分局"
_STREET: Final = "江西省赣州市章贡区样例街道演示路"


@dataclass(frozen=True, slots=True)
class SyntheticPerson:
    """A card that can be placed on the simulated reader."""

    key: str
    """What ``place`` takes."""
    card: IdCard
    appended_address: str | None = field(default=None, repr=False)


def _resident(
    key: str,
    name: str,
    digits: str,
    house: str,
    *,
    ethnicity: str = "汉",
    valid_from: date = date(2016, 5, 1),
    valid_to: date | None = None,
    appended_address: str | None = None,
) -> SyntheticPerson:
    return SyntheticPerson(
        key,
        IdCard(
            card_type=CardType.RESIDENT,
            name=name,
            sex="male" if int(digits[16]) % 2 else "female",
            ethnicity=ethnicity,
            birth=date(int(digits[6:10]), int(digits[10:12]), int(digits[12:14])),
            address=_STREET + house,
            number=digits + check_character(digits),
            issuer=_ISSUER,
            valid_from=valid_from,
            valid_to=valid_to,
            long_term=valid_to is None,
        ),
        appended_address,
    )


_PEOPLE: Final = (
    _resident("elder", "王苗苗", "36070219380312002", "1号1栋101室"),
    _resident("worker", "李测试", "36070219850701001", "2号3栋502室", valid_to=date(2036, 5, 1)),
    _resident(
        "rare-name",
        "陈𬱖样",
        "36070219900519004",
        "3号2单元301室",
        ethnicity="畲",
        valid_from=date(2020, 9, 1),
        valid_to=date(2040, 9, 1),
    ),
    _resident("sixties", "赵样本", "36070219550320003", "4号6栋202室"),
    _resident("granted", "孙演示", "36070219340215006", "5号1栋103室"),
    _resident(
        "moved",
        "周搬家",
        "36070219790808009",
        "8号2栋201室",
        valid_to=date(2036, 5, 1),
        appended_address="江西省赣州市章贡区样例街道新演示路9号",
    ),
    SyntheticPerson(
        "hmt",
        IdCard(
            card_type=CardType.HMT_RESIDENCE,
            name="黄样例",
            sex="female",
            birth=date(1992, 11, 3),
            address=_STREET + "6号",
            number="81000019921103002" + check_character("81000019921103002"),
            issuer=_ISSUER,
            valid_from=date(2023, 6, 1),
            valid_to=date(2028, 6, 1),
            permit_number="H00000001",
            issue_count=2,
        ),
    ),
    SyntheticPerson(
        "foreign-2017",
        IdCard(
            card_type=CardType.FOREIGN_2017,
            name="艾样本",
            english_name="SPECIMEN, ALICE",
            sex="female",
            nationality="CAN",
            birth=date(1981, 8, 3),
            number="CAN360081080310",
            issuer="3600",
            valid_from=date(2019, 4, 10),
            valid_to=date(2029, 4, 9),
            permit_number="CAN360081080310",
            card_version="01",
        ),
    ),
    SyntheticPerson(
        "foreign-2023",
        IdCard(
            card_type=CardType.FOREIGN_2023,
            name="毕样本",
            # The 36th character is the first of the second field, and the 35th is a space.
            english_name="SPECIMENOVICH, BARTHOLOMEW EXAMPLE ZOILUS",
            sex="male",
            nationality="CAN",
            birth=date(1979, 2, 28),
            number="93612419790228001" + check_character("93612419790228001"),
            valid_from=date(2024, 1, 15),
            valid_to=date(2034, 1, 14),
            issue_count=1,
            previous_number_suffix="028",
        ),
    ),
)

PEOPLE: Final[Mapping[str, SyntheticPerson]] = MappingProxyType(
    {person.key: person for person in _PEOPLE}
)
