# SPDX-License-Identifier: Apache-2.0
"""Made-up bodies of appointments. Every number here is invented."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from kiosk.flows.views import Action, Body, Choices, Option, PaperState, Record, Row, Tone

Say = Callable[[str, str], str]


def _facts(t: Say, *more: Row) -> tuple[Row, ...]:
    return (
        Row(t("事项", "Matter"), t("预约大厅窗口", "Book a window in the hall")),
        Row(t("地点", "Where"), t("章贡区便民服务中心", "Zhanggong Citizen Service Centre")),
        *more,
    )


def matters(t: Say) -> Choices:
    """Show what times are offered for."""
    return Choices(
        heading=t("约办什么事", "What is it for?"),
        help=t("点一件要办的事", "Touch your matter"),
        options=tuple(
            Option(code, t(*name), icon="calendar")
            for code, name in (
                ("hall", ("预约大厅窗口", "Book a window in the hall")),
                ("marriage", ("婚姻登记预约", "Book a marriage registration")),
                ("notary", ("公证预约", "Book a notary")),
            )
        ),
        actions=(Action("home", t("看别的事项", "Other matters"), "home"),),
    )


def days(t: Say) -> Choices:
    """Show days that are free, full and closed."""
    free, full = t("还能约5个", "5 free"), t("已约满", "Fully booked")
    closed = t("当天不开放", "Closed that day")
    return Choices(
        heading=t("哪一天来", "Which day?"),
        help=t("点一个还能约的日子", "Touch a day with free times"),
        options=tuple(
            Option(
                str(number),
                t(*label),
                status=status,
                tone=Tone.GOOD
                if status == free
                else Tone.WARNING
                if status == full
                else Tone.QUIET,
                available=status == free,
            )
            for number, (label, status) in enumerate(
                (
                    (("11月25日（周三）", "Wednesday, 25 November"), free),
                    (("11月26日（周四）", "Thursday, 26 November"), full),
                    (("11月27日（周五）", "Friday, 27 November"), free),
                    (("11月28日（周六）", "Saturday, 28 November"), closed),
                    (("11月29日（周日）", "Sunday, 29 November"), closed),
                    (("11月30日（周一）", "Monday, 30 November"), free),
                    (("12月1日（周二）", "Tuesday, 1 December"), free),
                    (("12月2日（周三）", "Wednesday, 2 December"), free),
                )
            )
        ),
        page=1,
        pages=2,
        compact=True,
        facts=_facts(t),
        actions=(Action("home", t("看别的事项", "Other matters"), "home"),),
    )


def confirm(t: Say) -> Choices:
    """Show what will be booked."""
    return Choices(
        heading=t("这样约对吗", "Is this right?"),
        help=t("看好后，请点确认预约", "When it is, touch the button"),
        options=(),
        facts=_facts(
            t,
            Row(
                t("时间", "When"),
                t("11月25日（周三） 09:00–09:30", "Wednesday, 25 November 09:00–09:30"),
            ),
        ),
        actions=(
            Action("other_time", t("换个时间", "Another time"), "calendar"),
            Action("book", t("确认预约", "Book it"), "check", primary=True),
        ),
    )


def booked(t: Say, *, cancelling: bool = False) -> Record:
    """Show an appointment, or whether it is to be given back."""
    return Record(
        heading=t("要取消这个预约吗", "Cancel this appointment?")
        if cancelling
        else t("已约好", "Booked"),
        tone=Tone.WARNING if cancelling else Tone.GOOD,
        number_label=t("预约号", "Appointment number"),
        number="Y20261124-48213",
        facts=(
            Row(
                t("时间", "When"),
                t("11月25日（周三） 09:00–09:30", "Wednesday, 25 November 09:00–09:30"),
            ),
            *_facts(t)[::-1],
        ),
        next_steps=(t("取消后，这个时间会让给别人", "The time is then free for others"),)
        if cancelling
        else (
            t("请带身份证", "Please bring your identity card"),
            t("请提前10分钟到", "Please come ten minutes early"),
        ),
        papers=()
        if cancelling
        else (
            PaperState(
                t("凭条", "Slip"),
                "offered",
                t("需要的话可以打印", "Printed if you want it"),
                Tone.QUIET,
            ),
        ),
        qr="" if cancelling else "hall24/1 Y20261124-48213 appointment",
        qr_help="" if cancelling else t("到了给工作人员扫", "For staff to scan when you come"),
        actions=(
            Action("cancel_yes", t("确定取消", "Yes, cancel it"), "close"),
            Action("cancel_keep", t("不取消", "Keep it"), "check", primary=True),
        )
        if cancelling
        else (
            Action("cancel_ask", t("取消预约", "Cancel it"), "close"),
            Action("leave_page", t("完成", "Finish"), "next"),
            Action("slip_print", t("打印凭条", "Print a slip"), "printer", primary=True),
        ),
    )


BODIES: Final[Mapping[str, Callable[[Say], Body]]] = {
    "booking-matter": matters,
    "booking-day": days,
    "booking-confirm": confirm,
    "appointment": booked,
    "appointment-cancel": lambda t: booked(t, cancelling=True),
}
