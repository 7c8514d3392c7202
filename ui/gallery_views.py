# SPDX-License-Identifier: Apache-2.0
"""Made-up views of every screen, typical and extreme, for ``kiosk gallery`` and the screen tests."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

from kiosk.flows.views import (
    Action,
    Body,
    DialogOverlay,
    IdleOverlay,
    LinkWords,
    Modes,
    Row,
    Step,
    Tone,
    View,
)
from kiosk.words import Language, say
from ui import gallery_bodies as typical
from ui import gallery_extremes as extreme
from ui import gallery_identity as identity
from ui import gallery_scanning as scanning
from ui import gallery_services as services
from ui.gallery_services import Say

_BODIES: Final[Mapping[str, Callable[[Say], Body]]] = {
    "attract": typical.attract,
    "attract-limited": extreme.attract_limited,
    "home": typical.home,
    "home-full": extreme.home_full,
    "home-search": extreme.home_search,
    "item": typical.item,
    "item-long": extreme.item_long,
    "item-blocked": extreme.item_blocked,
    "identity-choose": identity.identity_choose,
    "identity-waiting": identity.identity_waiting,
    "identity-trouble": identity.identity_trouble,
    "identity-social-card": identity.identity_social_card,
    "identity-social-card-locked": identity.identity_social_card_locked,
    "identity-face-consent": identity.identity_face_consent,
    "identity-face": identity.identity_face,
    "identity-code": identity.identity_code,
    "identity-code-checking": identity.identity_code_checking,
    "identity-code-used": identity.identity_code_used,
    "consent": typical.consent,
    "consent-long": extreme.consent_long,
    "form-choices": typical.form_choices,
    "form-identity": typical.form_identity,
    "form-contact": typical.form_contact,
    "form-error": extreme.form_error,
    "form-rare-name": extreme.form_rare_name,
    "form-number-pad": lambda t: typical.form_contact(t, editing="phone"),
    "form-text-pad": lambda t: typical.form_contact(t, editing="address"),
    "form-pinyin-pad": lambda t: typical.form_contact(t, editing="address"),
    "home-pinyin": extreme.home_pinyin,
    "form-date-pad": typical.form_date,
    "materials": typical.materials,
    "scanning-live": scanning.live,
    "scanning-pages": scanning.pages,
    "scanning-feeder": scanning.feeder,
    "scanning-glass": scanning.glass,
    "scanning-card": scanning.card,
    "promise": typical.promise,
    "review": typical.review,
    "review-long": extreme.review_long,
    "working": typical.working,
    "working-failed": extreme.working_failed,
    "receipt": typical.receipt,
    "receipt-answer": extreme.receipt_answer,
    "receipt-provisional": extreme.receipt_provisional,
    "rating": typical.rating,
    "goodbye": typical.goodbye,
    "trouble": typical.trouble,
    "trouble-unknown": extreme.trouble_unknown,
    "out-of-service": extreme.out_of_service,
    **services.BODIES,
}
LETTERS: Final[Mapping[str, str]] = {"form-pinyin-pad": "zhanggongqu", "home-pinyin": "zhengming"}
"""Views of which the picture shows letters that wait for their candidate."""
_AT_STEP: Final = {
    "identity": 0,
    "consent": 0,
    "form": 1,
    "materials": 2,
    "scanning": 2,
    "promise": 2,
    "review": 3,
}
_LAST_STEPS: Final = {"working": 3, "receipt": 4}
_ALONE: Final = ("attract", "out_of_service")
_NO_WAY_BACK: Final = ("home", "working", "receipt", "rating", "goodbye")


def views(language: Language, modes: Modes | None = None) -> dict[str, View]:
    """Return every view of the gallery by name, in that language and those modes."""

    def t(chinese: str, english: str) -> str:
        return chinese if language == "zh" else english

    modes = replace(modes or Modes(), language=language)
    shown = {name: _frame(t, body(t), modes, name) for name, body in _BODIES.items()}
    shown["overlay-idle"] = replace(shown["form-contact"], overlay=_idle(t))
    shown["overlay-exit"] = replace(shown["review"], overlay=_exit(t))
    shown["overlay-help"] = replace(shown["home"], overlay=_help(t))
    shown["overlay-terminal"] = replace(
        shown["out-of-service"],
        overlay=_terminal(t),
        link=LinkWords(_words(t, "link.offline_waiting", count=128), Tone.WARNING),
    )
    shown["overlay-supplies"] = replace(shown["attract"], overlay=_supplies(t))
    return shown


def _frame(t: Say, body: Body, modes: Modes, name: str) -> View:
    at = -1 if name in services.BODIES else {**_AT_STEP, **_LAST_STEPS}.get(body.screen, -1)
    labels = (
        t("身份", "Identity"),
        t("填写", "Form"),
        t("材料", "Papers"),
        t("确认", "Check"),
        t("完成", "Done"),
    )
    offline = name in {"attract-limited", "review-long", "receipt-provisional", "item-blocked"}
    return View(
        body=body,
        place=t("赣州市章贡区便民服务中心", "Zhanggong Citizen Service Centre"),
        link=LinkWords(_words(t, "link.offline_waiting", count=128), Tone.WARNING)
        if offline
        else LinkWords(_words(t, "link.online"), Tone.GOOD),
        modes=modes,
        steps=()
        if at < 0
        else tuple(
            Step(label, "done" if place < at else "now" if place == at else "next")
            for place, label in enumerate(labels)
        ),
        can_back=body.screen not in (*_ALONE, *_NO_WAY_BACK),
        can_exit=body.screen not in _ALONE,
        simulated=_words(t, "frame.simulated") if body.screen not in _ALONE else "",
    )


def _words(t: Say, key: str, **params: int) -> str:
    """Return what really stands there: made-up words may fit where the real ones do not."""
    return t(say(key, "zh", **params), say(key, "en", **params))


def _idle(t: Say) -> IdleOverlay:
    return IdleOverlay(
        heading=t("您还在吗？", "Are you still there?"),
        help=t("没有操作就会退出，并清除您的信息", "Otherwise we leave and wipe your data"),
        seconds_left=32,
        actions=(
            Action("exit_now", t("现在退出", "Leave now"), "exit"),
            Action("stay", t("我还在，继续办", "Yes, go on"), "check", primary=True),
        ),
    )


def _exit(t: Say) -> DialogOverlay:
    return DialogOverlay(
        kind="exit",
        heading=t("要退出吗？", "Leave now?"),
        help=t(
            "还没有提交。退出后会清除您的信息。",
            "Nothing has been sent. Your data will be wiped from this machine.",
        ),
        rows=(),
        actions=(
            Action("confirm_exit", t("退出并清除", "Leave and wipe"), "exit"),
            Action("stay", t("继续办理", "Go on"), "check", primary=True),
        ),
    )


def _terminal(t: Say) -> DialogOverlay:
    return DialogOverlay(
        kind="terminal",
        heading=t("本机信息（工作人员）", "This terminal (staff)"),
        help=t("请在路由器上登录网络", "Sign in to the network at the router"),
        rows=(
            Row(
                t("联网情况", "Link"),
                t("网络要求登录", "a log-in page answers"),
            ),
            Row(t("上次联系", "Last contact"), t("12月4日 02:14", "4 December 02:14")),
            Row(t("等待送达", "Waiting"), t("12件，最早已等3小时", "12, the first for 3 h")),
            Row(t("需要人处理", "Set aside"), t("1件", "1")),
            Row(t("本机时钟", "Clock"), t("比平台慢7分钟", "7 min behind the platform")),
            Row(t("代码", "Code"), "link.captive"),
        ),
        actions=(
            Action("try_now", t("马上再试", "Try now"), "refresh"),
            Action("supplies", t("耗材", "Supplies"), "printer"),
            Action("close", t("知道了", "Close"), "check", primary=True),
        ),
    )


def _supplies(t: Say) -> DialogOverlay:
    return DialogOverlay(
        kind="supplies",
        heading=t("纸和墨粉（工作人员）", "Paper and toner (staff)"),
        help=t("快用完了，请准备更换", "Nearly used up: have the next one ready"),
        rows=(
            Row(
                t("小票纸", "Receipt paper"),
                t("约61米，还能用12天左右", "about 61 m, for about 12 days"),
            ),
            Row(
                t("A4纸", "A4 paper"),
                t("快用完了，约10张", "low, about 10 sheets"),
            ),
            Row(
                t("墨粉", "Toner"),
                t("55%，用几天后才能估算", "55 %, no forecast yet"),
            ),
            Row(
                t("设备插拔", "Plugs"),
                t(
                    "12月4日 02:14拔出：社保卡读卡器",
                    "The social-card reader, out at 4 December 02:14",
                ),
            ),
        ),
        actions=(
            Action("terminal_info", t("返回", "Back"), "back"),
            Action("close", t("知道了", "Close"), "check", primary=True),
        ),
    )


def _help(t: Say) -> DialogOverlay:
    return DialogOverlay(
        kind="help",
        heading=t("需要帮忙吗？", "Do you need help?"),
        help=t("可以打电话，也可以请工作人员过来", "Call us, or ask somebody here"),
        rows=(
            Row(t("值班电话", "Duty phone"), "0797-0000000"),
            Row(t("热线", "Hotline"), "12345"),
            Row(
                t("最近网点", "Nearest"),
                t("南外街道便民服务中心（320米）", "Nanwai Service Centre (320 m)"),
            ),
        ),
        actions=(
            Action("ticket", t("办不成事反映", "Report a problem"), "report"),
            Action("close", t("知道了", "Close"), "check", primary=True),
        ),
    )
