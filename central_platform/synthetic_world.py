# SPDX-License-Identifier: Apache-2.0
"""A SYNTHETIC city from a seed: invented residents and companies, the same ones everywhere and every time.

Nobody here exists. Numbers have valid check characters (GB 11643 for people, GB 32100 for companies) and so
look real to software; that they are not is marked where people read them: given names end in 样, 例, 示 or
测, company names carry （演示）, telephones and accounts use ranges that are not given out, licence
numbers begin with DEMO. The people that tests and the demonstration speak of by name stand in
``data/synthetic_residents.yaml``; these are added to them.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from typing import Any

SEED = 20_261_124
RESIDENTS = 240
COMPANIES = 60

_SURNAMES = "王李张刘陈杨黄赵周吴徐孙马朱胡林郭何高罗郑梁谢宋唐许邓冯韩曹曾彭萧蔡潘田董袁"
_TWO = ("欧阳", "上官", "司徒", "诸葛")
_RARE = ("𬱖", "䶮", "㛃", "𫖯", "𬸚", "𪣻", "㻬", "𣲗", "𬮱", "龘")
"""Characters that fonts, encodings and printers stumble over, most of them outside the first plane."""
_GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超霞平刚桂英华建文辉力健宁"
_MARK = "样例示测"
_REGIONS = ("360702", "360703", "360704", "360721", "360781")
_ETHNICITIES = ("汉",) * 17 + ("畲", "回", "瑶")
_STREETS = ("样例", "演示", "示范", "测试")
_FOREIGN = (
    ("USA", "840", "SAMPLE, ALEX"),
    ("KOR", "410", "DEMO, MINJI"),
    ("DEU", "276", "MUSTER, ERIKA"),
)
_COMPLIANCES = ("存续", "存续", "存续", "存续", "吊销")
_TRADES = ("科技", "物流", "食品", "建材", "家居", "医疗器械", "农业", "电子")

_WEIGHTS = tuple(2 ** (17 - place) % 11 for place in range(17))
_CHECKS = "10X98765432"
_CREDIT_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_CREDIT_WEIGHTS = tuple(3**place % 31 for place in range(17))
_EPOCH = date(2026, 11, 1)
"""Ages and validity are counted from here, so that the world does not change from day to day."""


@dataclass(frozen=True, slots=True)
class Company:
    """An invented company. ``legal_person`` is a resident's number."""

    code: str
    name: str
    legal_person: str
    state: str
    registered: date


@dataclass(frozen=True, slots=True)
class World:
    """Residents in the form of ``synthetic_residents.yaml``, and companies."""

    residents: tuple[dict[str, Any], ...]
    companies: tuple[Company, ...]


@cache
def synthetic_world(
    seed: int = SEED, residents: int = RESIDENTS, companies: int = COMPANIES
) -> World:
    """Return the world of that seed."""
    draw = random.Random(seed)  # noqa: S311 - the same every time is the point
    people = tuple(_resident(draw, index) for index in range(residents))
    grown = [each for each in people if _EPOCH.year - each["birth"].year > 20]  # noqa: PLR2004 - years
    firms = tuple(_company(draw, index, draw.choice(grown)["number"]) for index in range(companies))
    return World(people, firms)


def citizen_number(region: str, birth: date, sequence: int) -> str:
    """Return a number with its check character (GB 11643, ISO 7064 MOD 11-2)."""
    return with_check(f"{region}{birth:%Y%m%d}{sequence:03d}")


def with_check(seventeen: str) -> str:
    """Return 17 digits with their check character."""
    total = sum(int(digit) * weight for digit, weight in zip(seventeen, _WEIGHTS, strict=True))
    return seventeen + _CHECKS[total % 11]


def credit_code(seventeen: str) -> str:
    """Return a unified social credit code with its check character (GB 32100)."""
    total = sum(
        _CREDIT_ALPHABET.index(character) * weight
        for character, weight in zip(seventeen, _CREDIT_WEIGHTS, strict=True)
    )
    return seventeen + _CREDIT_ALPHABET[(31 - total % 31) % 31]


def _resident(draw: random.Random, index: int) -> dict[str, Any]:
    sex = "female" if index % 2 else "male"
    birth = date(1930, 1, 1) + timedelta(days=draw.randrange(365 * 78))
    # Sequences from 500 are these people's; the ones written by hand stay below.
    sequence = 500 + index // 2 * 2 % 400 + (sex == "male")
    kind, name, number, extra = "resident", _name(draw, index), "", {}
    match index % 20:
        case 17:
            kind, name = "J", _name(draw, index)
            number = citizen_number(draw.choice(("810000", "820000", "830000")), birth, sequence)
        case 18:
            kind = "Y"
            _, country, name = draw.choice(_FOREIGN)
            number = with_check(f"936{country}{birth:%Y%m%d}{sequence:03d}")
            extra = {"english_name": name}
        case 19:
            kind = "I"
            letters, _, name = draw.choice(_FOREIGN)
            number = f"{letters}3607{birth:%y%m%d}{index % 100:02d}"
            extra = {"english_name": name}
        case _:
            number = citizen_number(draw.choice(_REGIONS), birth, sequence)
    age = _EPOCH.year - birth.year
    return {
        "name": name,
        "number": number,
        "birth": birth,
        "sex": sex,
        "synthetic": True,
        "card_type": kind,
        "ethnicity": draw.choice(_ETHNICITIES) if kind == "resident" else "",
        "address": (
            f"江西省赣州市章贡区{draw.choice(_STREETS)}街道演示路{draw.randrange(1, 200)}号"
            f"{draw.randrange(1, 12)}栋{draw.randrange(101, 2904)}室"
        ),
        "phone": f"100{index:08d}",
        "bank": "演示银行赣州章贡支行",
        "bank_account": f"62000000001{index:08d}",
        "licences": _licences(draw, index, birth) if kind == "resident" else [],
        "benefits": ["old-age-allowance"] if age >= 80 and draw.random() < 0.5 else [],  # noqa: PLR2004 - years, half
        "social_insurance": _insurance(draw, index, birth) if age >= 16 else None,  # noqa: PLR2004 - years
        **extra,
    }


def _name(draw: random.Random, index: int) -> str:
    surname = draw.choice(_TWO) if index % 29 == 0 else draw.choice(_SURNAMES)
    middle = draw.choice(_RARE) if index % 12 == 0 else draw.choice(_GIVEN)
    return f"{surname}{middle}{draw.choice(_MARK)}"


def _licences(draw: random.Random, index: int, birth: date) -> list[dict[str, Any]]:
    since = max(date(2005, 1, 1), birth + timedelta(days=30))
    issued = since + timedelta(days=draw.randrange(max(1, (date(2020, 1, 1) - since).days)))
    held: list[dict[str, Any]] = [
        {
            "code": "household-register",
            "identifier": f"DEMO-HKB-360702-{index + 1000:04d}",
            "issued": issued,
            "valid_to": None,
        }
    ]
    if index % 5 == 0:  # some of them have expired
        ends = date(2023, 1, 1) + timedelta(days=draw.randrange(365 * 7))
        held.append(
            {
                "code": "residence-permit",
                "identifier": f"DEMO-JZZ-360702-{index + 1000:04d}",
                "issued": ends - timedelta(days=365 * 5),
                "valid_to": ends,
            }
        )
    if _EPOCH.year - birth.year >= 65:  # noqa: PLR2004 - years
        held.append(
            {
                "code": "elder-card",
                "identifier": f"DEMO-YDZ-360702-{index + 1000:04d}",
                "issued": birth.replace(year=birth.year + 65, day=min(birth.day, 28)),
                "valid_to": None,
            }
        )
    return held


def _insurance(draw: random.Random, index: int, birth: date) -> dict[str, Any] | None:
    if index % 6 == 0:
        return None
    age = _EPOCH.year - birth.year
    first = max(birth.year + 18, 2001)
    first = min(first, _EPOCH.year - 1)
    base = draw.randrange(38, 200) * 100
    if age >= 60:  # noqa: PLR2004 - years
        status, last = "receiving", f"{min(birth.year + 60, _EPOCH.year - 1)}-12"
    elif index % 7 == 0:
        status, last = "paused", f"{_EPOCH.year - 1}-12"
    else:
        status, last = "paying", None
    if last is not None and last[:4] < str(first):
        first = int(last[:4])
    start = f"{first}-0{draw.randrange(1, 10)}"
    return {
        "personal_number": f"3607029{index:06d}",
        "status": status,
        "employer": f"赣州{draw.choice(_STREETS)}{draw.choice(_TRADES)}有限公司（演示）",
        "first_month": start,
        "spans": [
            {"scheme": scheme, "from": start, "to": last, "base": base}
            for scheme in ("employee_pension", "employee_medical")
        ],
    }


def _company(draw: random.Random, index: int, legal_person: str) -> Company:
    # 9 and 1: registered by the market authority, an enterprise. MA0 begins codes given since 2015.
    body = f"91360702MA0{index:04d}"
    seventeen = body + "".join(draw.choice(_CREDIT_ALPHABET) for _ in range(17 - len(body)))
    return Company(
        code=credit_code(seventeen),
        name=f"赣州{draw.choice(_STREETS)}{draw.choice(_TRADES)}{index + 1:02d}有限公司（演示）",
        legal_person=legal_person,
        state=_COMPLIANCES[index % len(_COMPLIANCES)],
        registered=date(2015, 10, 1) + timedelta(days=draw.randrange(365 * 10)),
    )
