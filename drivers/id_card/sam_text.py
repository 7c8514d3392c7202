# SPDX-License-Identifier: Apache-2.0
"""The 256 bytes of text on a card, for all four kinds of card. No I/O.

Source: device-protocols sheet §2. The text is UTF-16LE, padded with spaces, on some cards with NULs;
characters outside the Basic Multilingual Plane are surrogate pairs and count as two. The character
at offset 248 tells the kind.

A field that cannot be understood is ``None``: the driver says what the card says, and judges nothing.
"""

from __future__ import annotations

from datetime import date
from typing import Final

from drivers.core import CardError, CardType, IdCard, ProtocolError

TEXT_SIZE: Final = 256
APPENDED_ADDRESS_SIZE: Final = 70
LONG_TERM: Final = "长期"
_KIND_AT: Final = (248, 2)

_SEX: Final = {"0": "unknown", "1": "male", "2": "female", "9": "unstated"}
"""GB/T 2261.1."""

_ETHNICITIES: Final = (  # noqa: SIM905 - 56 names are read and compared in lines
    "汉 蒙古 回 藏 维吾尔 苗 彝 壮 布依 朝鲜 满 侗 瑶 白 土家 哈尼 哈萨克 傣 黎 傈僳 佤 畲 高山 拉祜 水 "
    "东乡 纳西 景颇 柯尔克孜 土 达斡尔 仫佬 羌 布朗 撒拉 毛南 仡佬 锡伯 阿昌 普米 塔吉克 怒 乌孜别克 "
    "俄罗斯 鄂温克 德昂 保安 裕固 京 塔塔尔 独龙 鄂伦春 赫哲 门巴 珞巴 基诺"
).split()
ETHNICITY_BY_CODE: Final[dict[str, str]] = {
    **{f"{code:02d}": name for code, name in enumerate(_ETHNICITIES, start=1)},
    "97": "其他",
    "98": "外国血统中国籍人士",
}
"""GB/T 3304."""


def decode_card(text: bytes) -> IdCard:
    """Return the fields of a text block, without photo.

    Raises ``ProtocolError`` (``card.text_size``) and ``CardError`` (``card.unknown_type``).
    """
    if len(text) != TEXT_SIZE:
        raise ProtocolError.because("card.text_size", size=len(text))
    fields = _Fields(text)
    match fields.text(*_KIND_AT):
        case None:
            return _resident(fields)
        case "J":
            return _hmt_residence(fields)
        case "I":
            return _foreign_2017(fields)
        case "Y":
            return _foreign_2023(fields)
        case _:
            raise CardError("card.unknown_type")


def decode_appended_address(data: bytes) -> str | None:
    """Return the address that was written onto the card later (70 bytes, §1.5); ``None`` if blank."""
    return _clean(data[:APPENDED_ADDRESS_SIZE])


class _Fields:
    """Access by the offsets and sizes of the sheet, both in bytes."""

    def __init__(self, block: bytes) -> None:
        self._block = block

    def text(self, offset: int, size: int) -> str | None:
        return _clean(self._block[offset : offset + size])

    def joined(self, *pieces: tuple[int, int]) -> str | None:
        """Join before the padding goes: a space at a seam is part of the name."""
        return _clean(b"".join(self._block[offset : offset + size] for offset, size in pieces))

    def day(self, offset: int) -> date | None:
        written = self.text(offset, 16) or ""
        if len(written) != len("YYYYMMDD") or not (written.isascii() and written.isdigit()):
            return None
        try:
            return date(int(written[:4]), int(written[4:6]), int(written[6:]))
        except ValueError:
            return None

    def sex(self, offset: int) -> str | None:
        return _SEX.get(self.text(offset, 2) or "")

    def count(self, offset: int) -> int | None:
        written = self.text(offset, 4) or ""
        return int(written) if written.isascii() and written.isdigit() else None

    def is_long_term(self, offset: int) -> bool:
        return self.text(offset, 16) == LONG_TERM


def _clean(raw: bytes) -> str | None:
    # Half a surrogate pair becomes U+FFFD rather than an error: the resident sees and corrects it.
    text = raw.decode("utf-16-le", errors="replace").partition("\0")[0].strip(" \u3000")
    return text or None


def _resident(fields: _Fields) -> IdCard:
    """§2.1; offset 220 is reserved, the appended address is not here."""
    return IdCard(
        card_type=CardType.RESIDENT,
        name=fields.text(0, 30),
        sex=fields.sex(30),
        ethnicity=ETHNICITY_BY_CODE.get(fields.text(32, 4) or ""),
        birth=fields.day(36),
        address=fields.text(52, 70),
        number=fields.text(122, 36),
        issuer=fields.text(158, 30),
        valid_from=fields.day(188),
        valid_to=fields.day(204),
        long_term=fields.is_long_term(204),
    )


def _hmt_residence(fields: _Fields) -> IdCard:
    """§2.2: no ethnicity, but the travel permit's number and a count of issues."""
    return IdCard(
        card_type=CardType.HMT_RESIDENCE,
        name=fields.text(0, 30),
        sex=fields.sex(30),
        birth=fields.day(36),
        address=fields.text(52, 70),
        number=fields.text(122, 36),
        issuer=fields.text(158, 30),
        valid_from=fields.day(188),
        valid_to=fields.day(204),
        long_term=fields.is_long_term(204),
        permit_number=fields.text(220, 18),
        issue_count=fields.count(238),
    )


def _foreign_2017(fields: _Fields) -> IdCard:
    """§2.3: the permit's number is the person's number."""
    number = fields.text(122, 30)
    return IdCard(
        card_type=CardType.FOREIGN_2017,
        name=fields.text(158, 30),
        english_name=fields.text(0, 120),
        sex=fields.sex(120),
        nationality=fields.text(152, 6),
        birth=fields.day(220),
        number=number,
        issuer=fields.text(240, 8),
        valid_from=fields.day(188),
        valid_to=fields.day(204),
        long_term=fields.is_long_term(204),
        permit_number=number,
        card_version=fields.text(236, 4),
    )


def _foreign_2023(fields: _Fields) -> IdCard:
    """§2.4: the English name goes on at offset 220; renewals at 32 and the link at 250 are one source."""
    return IdCard(
        card_type=CardType.FOREIGN_2023,
        name=fields.text(0, 30),
        english_name=fields.joined((52, 70), (220, 22)),
        sex=fields.sex(30),
        nationality=fields.text(242, 6),
        birth=fields.day(36),
        number=fields.text(122, 36),
        valid_from=fields.day(188),
        valid_to=fields.day(204),
        long_term=fields.is_long_term(204),
        issue_count=fields.count(32),
        previous_number_suffix=fields.text(250, 6),
    )
