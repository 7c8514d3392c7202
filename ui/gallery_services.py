# SPDX-License-Identifier: Apache-2.0
"""Made-up bodies of the residents' services. Every person and number here is invented."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

from kiosk.flows.views import (
    Action,
    Body,
    Choices,
    FieldView,
    FormPage,
    Option,
    PaperState,
    PastStep,
    Record,
    Row,
    Tone,
)
from ui import gallery_appointments

Say = Callable[[str, str], str]
"""Chooses between the Chinese and the English text."""


def home_services(t: Say) -> tuple[Option, ...]:
    """Show what stands on home."""
    return (
        Option("cases", t("我的办件", "My cases"), icon="folder"),
        Option("appointments", t("预约", "Booking"), icon="calendar"),
        Option("more", t("更多服务", "More"), icon="list"),
    )


def services(t: Say) -> Choices:
    """Show all services, one of which cannot be used now."""
    now = t("现在可用", "Available now")
    return Choices(
        heading=t("您还可以在这里", "You can also do this here"),
        help=t("点一下您要的服务", "Touch the service you need"),
        options=(
            Option(
                "cases",
                t("我的办件", "My cases"),
                t("查进度、取结果、补材料", "Progress, documents, further papers"),
                "folder",
                now,
                Tone.GOOD,
            ),
            Option(
                "appointments",
                t("预约", "Appointments"),
                t("约好时间，到窗口不用等", "Come to a counter at a fixed time"),
                "calendar",
                t("身份证读卡器没有连上", "The identity-card reader is not connected"),
                Tone.WARNING,
                available=False,
            ),
            Option(
                "report",
                t("反映问题", "Report a problem"),
                t("办不成的事，有人给您答复", "Somebody looks into what did not work"),
                "flag",
                now,
                Tone.GOOD,
            ),
        ),
        notice=t(
            "最近的办事点：南外街道便民服务中心，东320米",
            "Nearest other place: Nanwai Service Centre, 320 m east",
        ),
        actions=(
            Action("ticket", t("办不成事反映", "Report that it failed"), "flag"),
            Action("home", t("看别的事项", "Other matters"), "home", primary=True),
        ),
    )


def progress(t: Say) -> Choices:
    """Show the two ways to look a case up."""
    return Choices(
        heading=t("查办件进度", "Look up a case"),
        help=t("点一种方便的就好", "Either will do"),
        options=(
            Option(
                "person",
                t("看我的全部办件", "All of my cases"),
                t(
                    "先证明是您本人，可取结果、补材料",
                    "Show who you are first; documents and papers too",
                ),
                "person",
            ),
            Option(
                "slip",
                t("扫凭条上的码", "Scan the code on a slip"),
                t("不用登录，只看办到哪一步", "No log-in, shows only where it stands"),
                "qr",
            ),
        ),
        actions=(Action("home", t("看别的事项", "Other matters"), "home"),),
    )


def slip_scan(t: Say) -> Choices:
    """Show where to hold the slip, after a code of something else."""
    return Choices(
        heading=t("请扫凭条上的码", "Show the code on your slip"),
        help=t("把凭条上的方码对着亮灯的地方", "Hold the square code over the place that is lit"),
        options=(),
        notice=t(
            "这不是办件凭条上的码，请换一张", "This is not the code of a slip, please try another"
        ),
        notice_tone=Tone.WARNING,
        lit_slot="code_scanner",
        actions=(
            Action("person", t("看我的全部办件", "All of my cases"), "person"),
            Action("again", t("再扫一张", "Scan another"), "qr"),
        ),
    )


def cases(t: Say) -> Choices:
    """Show cases in every state."""

    def case(number: int, names: tuple[str, str], status: tuple[str, str], tone: Tone) -> Option:
        return Option(
            f"case-{number}",
            t(*names),
            t("11月20日 09:14提交", "Handed in 20 November, 09:14"),
            "folder",
            t(*status),
            tone,
        )

    return Choices(
        heading=t("我的办件", "My cases"),
        help=t("点一件，看进度和结果", "Touch one to see where it stands"),
        options=(
            case(
                1,
                ("高龄津贴申领", "Old-age allowance"),
                ("要补材料", "Papers are wanted"),
                Tone.WARNING,
            ),
            case(
                2,
                ("流动人口居住登记和居住证申领", "Residence registration and residence permit"),
                ("12月4日（周五）前办好", "Decided by Friday, 4 December"),
                Tone.QUIET,
            ),
            case(
                3,
                ("办社保参保证明", "Social insurance certificate"),
                ("已办好", "Done"),
                Tone.GOOD,
            ),
            case(4, ("法律援助申请", "Legal aid"), ("没有通过", "Not approved"), Tone.WARNING),
            case(5, ("无房证明", "No-property certificate"), ("已办好", "Done"), Tone.GOOD),
        ),
        page=1,
        pages=2,
        actions=(
            Action("home", t("看别的事项", "Other matters"), "home"),
            Action("leave_page", t("完成", "Finish"), "next", primary=True),
        ),
    )


def case(t: Say) -> Record:
    """Show a case in which a paper is wanted."""
    return Record(
        heading=t("要补材料", "Papers are wanted"),
        tone=Tone.WARNING,
        number_label=t("高龄津贴申领", "Old-age allowance"),
        number="GZ20261120-4K7M2Q",
        facts=(
            Row(t("提交时间", "Submitted"), t("11月20日 09:14", "20 November, 09:14")),
            Row(t("承诺办结", "Promised"), t("12月4日（周五）前", "By Friday, 4 December")),
            Row(
                t("平台说明", "The platform says"),
                t(
                    "户口簿本人页不清楚，请再扫一次",
                    "The page of the household register cannot be read, please scan it again",
                ),
            ),
        ),
        history=(
            PastStep(t("提交", "Handed in"), t("11月20日 09:14", "20 November, 09:14"), "done"),
            PastStep(
                t("要求补材料", "Papers were asked for"),
                t("11月21日 10:02", "21 November, 10:02"),
                "done",
            ),
            PastStep(t("等您补材料", "Waits for your papers"), "", "now"),
            PastStep(t("出结果", "Decision"), "", "next"),
        ),
        next_steps=(
            t("要补：户口簿", "Wanted: household register"),
            t("可以现在扫描，马上交", "Scan them now and hand them in"),
        ),
        actions=(
            Action("leave_page", t("完成", "Finish"), "next"),
            Action("supplement", t("现在补材料", "Hand in papers now"), "scan", primary=True),
        ),
    )


def case_result(t: Say) -> Record:
    """Show a case whose document is being printed."""
    return Record(
        heading=t("已办好", "Done"),
        tone=Tone.GOOD,
        number_label=t("办社保参保证明", "Social insurance certificate"),
        number="GZ20261120-4K7M2Q",
        facts=(Row(t("提交时间", "Submitted"), t("11月20日 09:14", "20 November, 09:14")),),
        history=(
            PastStep(t("提交", "Handed in"), t("11月20日 09:14", "20 November, 09:14"), "done"),
            PastStep(t("办好", "Approved"), "", "done"),
        ),
        next_steps=(t("结果可以在这里打印", "The document can be printed here"),),
        papers=(
            PaperState(
                t("参保证明", "Certificate"),
                "printing",
                t("正在打印，请等纸出来", "Printing, please wait for the paper"),
                Tone.QUIET,
            ),
        ),
        lit_slot="page_printer",
        actions=(Action("leave_page", t("完成", "Finish"), "next", enabled=False),),
    )


def report(t: Say, *, editing: bool = False) -> FormPage:
    """Show what will be reported."""

    def field(key: str, label: str, shown: str, **more: object) -> FieldView:
        return replace(_FIELD, key=key, label=label, value=shown, shown=shown, **more)  # type: ignore[arg-type]  # replace checks the names

    return FormPage(
        heading=t("反映办不成的事", "Report what did not work"),
        help=t("不含您的个人信息，除非您自己填", "Nothing of you is in it, unless you add it"),
        fields=(
            field(
                "what",
                t("发生了什么", "What happened"),
                t(
                    "这张卡读不出来，请擦一擦再放",
                    "This card cannot be read, wipe it and place it again",
                ),
                locked=True,
                required=True,
            ),
            field(
                "item",
                t("事项", "Matter"),
                t("办社保参保证明", "Social insurance certificate"),
                locked=True,
                required=True,
            ),
            field(
                "phone",
                t("手机号", "Mobile number"),
                "138 0000 0000" if editing else "",
                widget="phone",
                help=t("想要回电话就填", "If you would like to be called back"),
                example="13800000000",
                editing=editing,
            ),
            field("words", t("还想说的", "Anything else"), "", widget="multiline"),
        ),
        page=0,
        pages=1,
        actions=(Action("send_report", t("反映", "Send the report"), "send", primary=True),),
    )


def report_kept(t: Say) -> Record:
    """Show a report that has arrived."""
    return Record(
        heading=t("已收到您的反映", "Your report has arrived"),
        tone=Tone.GOOD,
        number_label=t("反映编号", "Number of your report"),
        number="ZG01-20261124-0007",
        facts=(
            Row(
                t("发生了什么", "What happened"),
                t(
                    "这张卡读不出来，请擦一擦再放",
                    "This card cannot be read, wipe it and place it again",
                ),
            ),
            Row(
                t("平台说明", "The platform says"),
                t("工单号 T20261124-48213", "Ticket T20261124-48213"),
            ),
            Row(t("提交时间", "Submitted"), t("11月24日 02:14", "24 November, 02:14")),
        ),
        next_steps=(
            t("11月25日（周三）前有人处理", "Somebody deals with it by Wednesday, 25 November"),
            t("可凭编号打0797-0000000查询", "Call 0797-0000000 and give this number to ask"),
        ),
        papers=(
            PaperState(
                t("凭条", "Slip"),
                "offered",
                t("需要的话可以打印", "Printed if you want it"),
                Tone.QUIET,
            ),
        ),
        actions=(
            Action("resume", t("回到刚才那页", "Back to where I was"), "back"),
            Action("leave_page", t("完成", "Finish"), "next"),
            Action("slip_print", t("打印凭条", "Print a slip"), "printer", primary=True),
        ),
    )


_FIELD: Final = FieldView(
    key="",
    label="",
    widget="text",
    value="",
    shown="",
    source="",
    locked=False,
    help="",
    example="",
    error="",
    required=False,
)

BODIES: Final[Mapping[str, Callable[[Say], Body]]] = {
    "services": services,
    "progress": progress,
    "slip-scan": slip_scan,
    "cases": cases,
    "case": case,
    "case-result": case_result,
    "report": report,
    "report-phone": lambda t: report(t, editing=True),
    "report-kept": report_kept,
    **gallery_appointments.BODIES,
}
