# SPDX-License-Identifier: Apache-2.0
"""Made-up bodies that stretch the screens: the longest names, the most entries, the worst moments."""

from __future__ import annotations

from dataclasses import replace

from kiosk.flows.views import (
    Action,
    Attract,
    Consent,
    FormPage,
    GuideBlock,
    Home,
    ItemPage,
    OutOfService,
    PaperState,
    ReceiptPage,
    Review,
    Row,
    Tile,
    Tone,
    Trouble,
    Working,
    WorkStep,
)
from ui import gallery_bodies as typical
from ui.gallery_services import Say


def attract_limited(t: Say) -> Attract:
    """Show something cannot be done; it says what and why."""
    return replace(
        typical.attract(t),
        can_now=(t("高龄津贴申领可以先收下", "The old-age allowance can be taken in"),),
        cannot_now=(
            t("社保参保证明：暂时没有联网", "Social insurance certificate: not connected now"),
            t("凭条打印：打印机缺纸", "Printed slips: the printer has no paper"),
        ),
    )


def home_full(t: Say) -> Home:
    """Show a full page, one situation chosen, one item impossible."""
    names = (
        (t("灵活就业人员社会保险参保登记", "Insurance for the self-employed"), "person"),
        (t("养老待遇资格认证", "Pension entitlement check"), "elder"),
        (t("社会保障卡补领换领", "Replace a social security card"), "social-card"),
        (t("公积金缴存证明", "Housing fund certificate"), "money"),
        (t("无房证明", "Proof of not owning a home"), "housing"),
    )
    more = tuple(
        Tile(
            f"more-{place}",
            name,
            t("准备材料少，当场有结果", "Few papers, an answer at once"),
            t("市人社局", "Social Security Bureau"),
            icon,
            t("即办", "At once"),
            available=place != 1,
            availability=t("现在可办", "Available now")
            if place != 1
            else t("现在不能：没有联网", "Not now: not connected"),
        )
        for place, (name, icon) in enumerate(names)
    )
    return replace(
        typical.home(t),
        situations=typical.situations(t, "social"),
        list_title=t("社会保障", "Insurance"),
        tiles=(typical.proof_tile(t), *more),
        page=2,
        pages=3,
    )


def home_search(t: Say) -> Home:
    """Show searching by pinyin initials."""
    return replace(
        typical.home(t),
        query="sbcb",
        services=(),
        list_title=t("找到1项", "1 service found"),
        tiles=(typical.proof_tile(t),),
    )


def home_pinyin(t: Say) -> Home:
    """Show searching in Chinese; the picture adds letters that wait."""
    return replace(home_search(t), query="社保")


def item_blocked(t: Say) -> ItemPage:
    """Show cannot be done here now; said before log-in, with the way on."""
    return replace(
        typical.item(t),
        department=t(
            "赣州市章贡区民政局（资料截至11月24日 08:30）",
            "Zhanggong District Civil Affairs Bureau (as of 24 November, 08:30)",
        ),
        truth=t(
            "现在不能：没有联网。可到320米外的南外街道便民服务中心办",
            "Not now: not connected. Nanwai Service Centre, 320 m away, can do it",
        ),
        truth_tone=Tone.WARNING,
        actions=(
            Action("ticket", t("办不成事反映", "Report a problem"), "report"),
            Action("home", t("看看别的事项", "Other services"), "home", primary=True),
        ),
    )


def consent_long(t: Say) -> Consent:
    """Show many kinds of information."""
    return replace(
        typical.consent(t),
        data=t(
            "姓名、性别、民族、出生日期、身份证号、住址、手机号、户籍、参保缴费记录、津贴发放记录",
            "Name, sex, ethnicity, date of birth, identity number, address, mobile number, household, "
            "contribution records, allowance records",
        ),
        number=2,
    )


def form_error(t: Say) -> FormPage:
    """Show an error at the field, in words, with an example."""
    page = typical.form_contact(t)
    phone = replace(
        page.fields[0],
        shown="1380000",
        source="",
        error=t(
            "手机号是11位，如13800000000", "A mobile number has 11 digits, such as 13800000000"
        ),
    )
    return replace(page, fields=(phone, *page.fields[1:]))


def form_rare_name(t: Say) -> FormPage:
    """Show a long name with characters that few fonts have."""
    page = typical.form_identity(t)
    name = replace(page.fields[0], shown="阿卜杜热依木·麦麦提伊敏·𬱖䶮")
    return replace(page, fields=(name, *page.fields[1:]))


def review_long(t: Say) -> Review:
    """Show offline: it will be kept and sent later."""
    page = typical.review(t)
    address = Row(
        t("现在住址", "Address"),
        t(
            "江西省赣州市章贡区水南街道演示大道88号阳光花园小区二期16栋3单元2701室",
            "Room 2701, Unit 3, Building 16, Phase II, Sunshine Garden, 88 Yanshi Avenue, Shuinan",
        ),
    )
    contact = replace(page.sections[1], rows=(page.sections[1].rows[0], address))
    return replace(
        page,
        sections=(page.sections[0], contact, page.sections[2]),
        notice=t(
            "现在没有联网，提交后先存在本机，联网后自动送出",
            "Not connected now: it will be kept here and sent as soon as the line is back",
        ),
    )


def working_failed(t: Say) -> Working:
    """Show one step could not be done."""
    return replace(
        typical.working(t),
        heading=t("正在办理", "Being done"),
        steps=(
            WorkStep(t("已在本机安全保存", "Kept safely on this machine"), "done"),
            WorkStep(t("送到平台：暂时连不上", "Sending: not connected now"), "failed"),
            WorkStep(t("联网后自动送出", "Will be sent by itself"), "next"),
        ),
    )


def receipt_provisional(t: Say) -> ReceiptPage:
    """Show offline: a provisional slip, and the paper ran out."""
    return replace(
        typical.receipt(t),
        heading=t("已收下，联网后送出", "Taken in; sent when the line is back"),
        tone=Tone.WARNING,
        number_label=t("本机编号", "Number on this machine"),
        number="L24-0001-000042",
        provisional=True,
        facts=(
            Row(t("事项", "Service"), t("高龄津贴申领", "Old-age allowance")),
            Row(
                t("现在的情况", "Now"),
                t("还没有送到平台，没有受理号", "Not yet with the platform, no case number"),
            ),
        ),
        next_steps=(
            t("联网后自动送出，不用再来", "It is sent by itself; you need not come back"),
            t("送到后打您留下的电话", "We call you when it has arrived"),
        ),
        papers=(
            PaperState(
                t("凭条", "Slip"),
                "unknown",
                t("不确定是否打印完整，请看一看", "Perhaps not complete; please look"),
                Tone.WARNING,
            ),
        ),
        actions=(
            Action("print", t("再打一张", "Print again"), "printer"),
            Action("more", t("再办一件", "Something else"), "home"),
            Action("finish", t("办好了", "I am done"), "check", primary=True),
        ),
    )


def trouble_unknown(t: Say) -> Trouble:
    """Show nothing is kept; the way on is another machine or a ticket."""
    return Trouble(
        heading=t("身份证读不出来", "The card could not be read"),
        meaning=t(
            "可能是卡片受损，也可能是读卡器的问题。没有保存您的任何信息。",
            "The card may be damaged, or the reader may be. Nothing about you was kept.",
        ),
        number="",
        small_print="id_card · read_failed",
        actions=(
            Action("ticket", t("办不成事反映", "Report a problem"), "report"),
            Action("other", t("换一种方式", "Another way"), "undo"),
            Action("retry", t("再试一次", "Try again"), "retry", primary=True),
        ),
    )


def out_of_service(t: Say) -> OutOfService:
    """Show an honest end."""
    return OutOfService(
        heading=t("本机暂停服务", "This machine is out of service"),
        reason=t(
            "存储空间已满，办了也存不下。", "Its storage is full; nothing could be kept safely."
        ),
        nearest=t("南外街道便民服务中心（320米）", "Nanwai Service Centre (320 m)"),
        phone="0797-0000000",
        small_print="store · disk_full",
    )


def item_long(t: Say) -> ItemPage:
    """Show the longest words that an item file may have, and five steps."""
    words = (
        (
            "eligible",
            t("能不能办", "May I"),
            t(
                "户籍在章贡区，年满八十周岁，还没领过津贴",
                "Registered in Zhanggong, aged 80 or over, and not yet receiving this allowance",
            ),
        ),
        (
            "bring",
            t("带什么", "Bring"),
            t(
                "双方身份证、户口簿、照片，登记当天都要带",
                "Your identity card, the household register, a photo and your bank account number",
            ),
        ),
        (
            "duration",
            t("要多久", "How long"),
            t(
                "20个工作日办结（法律规定60个工作日）",
                "Twenty working days, though the law would allow sixty of them",
            ),
        ),
        ("cost", t("多少钱", "Cost"), t("不收费", "Free of charge")),
        (
            "collect",
            t("怎么拿结果", "Result"),
            t(
                "凭编号到最近的身份证自助机拍照、按指纹",
                "Take the number to the nearest endorsement machine, three minutes from here",
            ),
        ),
    )
    return replace(
        typical.item(t),
        name=t(
            "港澳通行证签注预申请第一步信息填报", "Hong Kong and Macao endorsement: the first step"
        ),
        department=t(
            "赣州市章贡区就业创业服务中心", "Ganzhou Human Resources and Social Security Bureau"
        ),
        blocks=tuple(GuideBlock(label, told, icon) for icon, label, told in words),
        flow=(
            t("放身份证或社保卡", "Show your identity card"),
            t("同意查询并核对", "Agree and check your details"),
            t("去制证机拍照按指纹", "Photo and fingerprint at the machine"),
            t("承诺并在屏上签名", "Promise and sign on the screen"),
            t("等待工作人员审核", "Review by an officer"),
        ),
    )


def receipt_answer(t: Say) -> ReceiptPage:
    """Show what a query found: eight rows, long names."""
    return replace(
        typical.receipt(t),
        heading=t("查到了", "Found"),
        papers=(),
        next_steps=(),
        answer=(
            Row(
                t("坐落", "Address"),
                t(
                    "江西省赣州市章贡区样例街道演示路18号金色阳光花园3栋2单元1502室",
                    "Room 1502, Unit 2, Building 3, Golden Sunshine Garden, 18 Yanshi Road, Zhanggong",
                ),
            ),
            Row(
                t("缴存单位", "Employer"),
                t(
                    "赣州演示科技股份有限公司章贡分公司",
                    "Ganzhou Demonstration Technology, Zhanggong branch",
                ),
            ),
            Row(
                t("异地就医备案", "Filed for treatment elsewhere"),
                t("广东省广州市", "Guangzhou, Guangdong"),
            ),
            Row(t("驾驶证累积记分", "Points on the driving licence"), t("3分", "3 points")),
            Row(t("账户余额", "Balance"), t("128,406.50元", "128,406.50 yuan")),
            Row(t("每月缴存", "Paid in a month"), t("1,860.00元", "1,860.00 yuan")),
            Row(t("缴至", "Paid up to"), t("2026年10月", "2026-10")),
            Row(t("状态", "State"), t("正常缴存", "Paying")),
        ),
    )
