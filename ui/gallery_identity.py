# SPDX-License-Identifier: Apache-2.0
"""Made-up bodies of the screen ``identity``: the choice, and each way in each of its phases."""

from __future__ import annotations

from kiosk.flows.views import Action, Consent, Identity, Way
from ui.gallery_services import Say


def ways(t: Say) -> tuple[Way, ...]:
    """Show all ways to prove who one is; one of them does not work now."""
    return (
        Way(
            "id_card",
            t("身份证", "Identity card"),
            t("放在亮灯的地方", "On the place that is lit"),
            "card",
            available=True,
        ),
        Way(
            "social_card",
            t("社会保障卡", "Social security card"),
            t("插进亮灯的卡槽", "Into the slot that is lit"),
            "social-card",
            available=True,
        ),
        Way(
            "code",
            t("手机上的码", "A code on your phone"),
            t("赣通码或电子社保卡", "Gantong code or electronic social security card"),
            "code",
            available=True,
        ),
        Way(
            "face",
            t("身份证加刷脸", "Identity card and face"),
            "",
            "face",
            available=False,
            reason=t("摄像头没有连上", "The camera is not connected"),
        ),
    )


def identity_choose(t: Say) -> Identity:
    """Show all ways side by side, none preselected."""
    return Identity(
        phase="choose",
        heading=t("怎样证明是您本人", "How would you like to show who you are?"),
        help=t("点一种方便的就好", "Any of these will do"),
        ways=ways(t),
    )


def identity_waiting(t: Say) -> Identity:
    """Show waiting for the card."""
    return Identity(
        phase="waiting",
        way="id_card",
        heading=t("请把身份证放在亮灯的地方", "Lay your identity card on the lit pad"),
        help=t("放平，不要移动", "Flat, and leave it there"),
        ways=ways(t),
        lit_slot="id_card",
        actions=(_others(t),),
    )


def identity_trouble(t: Say) -> Identity:
    """Show the card went away too early."""
    return Identity(
        phase="trouble",
        way="id_card",
        heading=t("身份证拿早了一点", "The card left a little early"),
        help=t("请再放一次，听到提示再拿", "Please lay it down again until you are told"),
        ways=ways(t),
        lit_slot="id_card",
        trouble=t("还没有读完，什么也没有保存", "It was not read to the end; nothing was kept"),
        actions=(
            _others(t),
            Action("retry", t("再放一次", "Try again"), "retry", primary=True),
        ),
    )


def identity_social_card(t: Say) -> Identity:
    """Show that a social security card is being read."""
    return Identity(
        phase="reading",
        way="social_card",
        heading=t("正在读卡，请别拔出", "Reading, please leave the card in"),
        help=t("大约需要2秒", "This takes about two seconds"),
        ways=ways(t),
        lit_slot="smart_card",
        actions=(_others(t),),
    )


def identity_social_card_locked(t: Say) -> Identity:
    """Show a card of the third generation."""
    return Identity(
        phase="trouble",
        way="social_card",
        heading=t("这张卡还没有核实", "Your card was not accepted yet"),
        help=t("可以再试，也可以换种方式", "Try again or choose another way"),
        ways=ways(t),
        lit_slot="smart_card",
        trouble=t(
            "这种卡要专用读卡器，请换种方式",
            "This card needs a certified reader, please choose another way",
        ),
        actions=(
            Action("ticket", t("办不成事反映", "Report that it failed"), "flag"),
            _others(t),
            Action("again", t("再试一次", "Try again"), "retry", primary=True),
        ),
    )


def identity_code(t: Say) -> Identity:
    """Show waiting for a code on a telephone."""
    return Identity(
        phase="waiting",
        way="code",
        heading=t("请出示手机上的码", "Show the code on your phone"),
        help=t("屏幕朝下，对着亮灯的地方", "Hold the screen down, over the place that is lit"),
        ways=ways(t),
        lit_slot="code_scanner",
        actions=(_others(t),),
    )


def identity_code_checking(t: Say) -> Identity:
    """Show that the platform is asked about the code."""
    return Identity(
        phase="checking",
        way="code",
        heading=t("正在核实身份", "Checking your identity"),
        help=t("请拿好您的手机", "Please take your phone"),
        ways=ways(t),
    )


def identity_code_used(t: Say) -> Identity:
    """Show a code that was used before."""
    return Identity(
        phase="trouble",
        way="code",
        heading=t("这个码还没有核实", "Your code was not accepted yet"),
        help=t("可以再扫一次，也可以换种方式", "Show a code again or choose another way"),
        ways=ways(t),
        lit_slot="code_scanner",
        trouble=t(
            "这个码用过了，请在手机上刷新",
            "This code was used before, please refresh it on your phone",
        ),
        actions=(
            Action("ticket", t("办不成事反映", "Report that it failed"), "flag"),
            _others(t),
            Action("again", t("再试一次", "Try again"), "retry", primary=True),
        ),
    )


def identity_face_consent(t: Say) -> Consent:
    """Show the consent of its own that a look at the face needs."""
    return Consent(
        heading=t("同意用摄像头看您的脸", "Let the camera look at your face"),
        purpose=t(
            "演示刷脸这一步，不能核对是不是本人",
            "To demonstrate this step, it cannot tell whether it is you",
        ),
        data=t(
            "现场的脸部画面。只在内存里用一次，不保存，不外传。本机不检测是否真人。本机不比对人脸。",
            "A picture of your face, used once in memory, neither kept nor sent. This terminal does not "
            "detect whether a living person is there. This terminal does not compare faces.",
        ),
        recipient=t("只在本机", "This terminal only"),
        version="1.0",
        number=1,
        total=1,
        actions=(
            Action("refuse", t("不同意", "I do not agree"), "close"),
            Action("agree", t("同意", "I agree"), "check", primary=True),
        ),
    )


def identity_face(t: Say) -> Identity:
    """Show the camera looking, with the one thing to do now."""
    return Identity(
        phase="looking",
        way="face",
        heading=t("请看摄像头", "Look at the camera"),
        help=t("第2次，共3次。画面不保存", "Try 2 of 3. Nothing is kept"),
        ways=ways(t),
        lit_slot="camera",
        hint=t("光线太暗，请转向亮处", "Too dark, please turn to the light"),
        hint_said=t("光线太暗，请转向亮一点的地方。", "It is too dark. Please turn to the light."),
        caveat=t("本机的刷脸不能证明是本人", "This is no proof of who you are"),
        actions=(_others(t),),
    )


def _others(t: Say) -> Action:
    return Action("other_way", t("换一种方式", "Another way"), "person")
