# SPDX-License-Identifier: Apache-2.0
"""Views of the gallery: a paper, a stack and a card being scanned."""

from __future__ import annotations

import base64
import io
from dataclasses import replace

from PIL import Image, ImageDraw

from kiosk.flows.views import Action, LiveFeed, Scanning, SheetView
from ui.gallery_services import Say


def live(t: Say) -> Scanning:
    """Show the second page being looked for: the camera's picture has not come yet."""
    return Scanning(
        heading=t("居民户口簿（首页和本人页）", "Household register (first page and yours)"),
        help=t("有反光，请换个位置", "There is a reflection, move the paper"),
        # No camera stands behind the gallery: what is shown is the waiting for its first picture.
        live=LiveFeed("/nowhere", "1"),
        waiting=t("正在打开扫描仪", "The scanner is starting"),
        sheets=(_sheet(t, 1, ()),),
        lit_slot="document_scanner",
        actions=(Action("scan_stop", t("停止扫描", "Stop scanning"), "close"),),
    )


def pages(t: Say) -> Scanning:
    """Show two pages taken, one taken away."""
    return Scanning(
        heading=t("居民户口簿（首页和本人页）", "Household register (first page and yours)"),
        help="",
        live=LiveFeed(),
        waiting="",
        sheets=tuple(
            _sheet(
                t,
                number,
                (
                    *((Action("page_up:1", t("往前移", "Move up"), "up"),) if number > 1 else ()),
                    Action(f"page_retake:{number - 1}", t("重扫", "Scan again"), "retry"),
                    Action(f"page_delete:{number - 1}", t("删掉", "Remove"), "close"),
                ),
            )
            for number in (1, 2)
        ),
        notice=t("有反光，请换个位置再扫", "There is a reflection, move the paper and scan again"),
        actions=(
            Action("page_undo", t("恢复删掉的一页", "Put the page back"), "undo"),
            Action("scan_more", t("再扫一页", "Scan another page"), "plus"),
            Action("scan_done", t("扫完了", "All pages done"), "done", primary=True),
        ),
    )


def feeder(t: Say) -> Scanning:
    """Show a stack that jammed after two sheets, at a scanner that takes both sides."""
    taken = pages(t)
    return replace(
        taken,
        notice=t(
            "扫描仪卡纸，取出后再扫。已扫的2页都在",
            "The scanner has a paper jam. Clear it; 2 are kept",
        ),
        actions=(
            Action("scan_stack", t("扫进纸器", "Feeder"), "paper"),
            Action("scan_both", t("双面扫进纸器", "Both sides"), "paper"),
            Action("scan_more", t("再扫一页", "Scan another page"), "plus"),
            Action("scan_done", t("扫完了", "All pages done"), "done", primary=True),
        ),
    )


def glass(t: Say) -> Scanning:
    """Show a scanner with glass and feeder before anything was laid down."""
    return Scanning(
        heading=t("居民户口簿", "Household register"),
        help=t("单页放玻璃上，多页放进纸器", "One page on the glass, several in the feeder"),
        live=LiveFeed(),
        waiting="",
        lit_slot="document_scanner",
        actions=(
            Action("scan_stop", t("停止扫描", "Stop scanning"), "close"),
            Action("scan_stack", t("扫进纸器", "Feeder"), "paper"),
            Action("scan_both", t("双面扫进纸器", "Both sides"), "paper"),
            Action("scan_more", t("开始扫描", "Start scanning"), "camera", primary=True),
        ),
    )


def card(t: Say) -> Scanning:
    """Show a card of which the same side was laid down twice."""
    return Scanning(
        heading=t("身份证（正反面）", "Identity card (both sides)"),
        help="",
        live=LiveFeed(),
        waiting="",
        sheets=(
            SheetView(
                t("人像面", "Portrait side"),
                _drawn_card(),
                (Action("page_retake:0", t("重扫", "Scan again"), "retry"),),
            ),
        ),
        notice=t(
            "像是同一面，请把证件翻过来", "It looks like the same side, please turn the card over"
        ),
        actions=(
            Action("scan_stop", t("停止扫描", "Stop scanning"), "close"),
            Action("card_surely", t("确实是另一面", "It is the other side"), "check"),
            Action("scan_more", t("开始扫描", "Start scanning"), "camera", primary=True),
        ),
    )


def _drawn_card() -> str:
    """Return a picture in the proportions of a card, with nothing of a real one."""
    card = Image.new("RGB", (428, 270), "#cfe0dd")
    brush = ImageDraw.Draw(card)
    for row in range(4):
        brush.rectangle((30, 40 + row * 45, 220, 56 + row * 45), fill="#26323a")
    brush.rectangle((290, 40, 390, 180), fill="#7d6a60")
    packed = io.BytesIO()
    card.save(packed, "JPEG")
    return f"data:image/jpeg;base64,{base64.b64encode(packed.getvalue()).decode()}"


def _sheet(t: Say, number: int, actions: tuple[Action, ...]) -> SheetView:
    return SheetView(t(f"第{number}页", f"Page {number}"), "", actions)
