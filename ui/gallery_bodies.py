# SPDX-License-Identifier: Apache-2.0
"""Made-up bodies of the visit's screens, as a resident meets them. Every person here is invented."""

from __future__ import annotations

from kiosk.flows.views import (
    Action,
    Attract,
    ChoiceView,
    Consent,
    FieldView,
    FormPage,
    Goodbye,
    Grade,
    GuideBlock,
    Home,
    ItemPage,
    Materials,
    MaterialView,
    PaperState,
    PromisePage,
    Rating,
    ReceiptPage,
    Reminder,
    Review,
    ReviewSection,
    Row,
    Situation,
    Tile,
    Tone,
    Trouble,
    Working,
    WorkStep,
)
from ui.gallery_services import Say, home_services

PROMISE_ZH = """本人申请高龄津贴，郑重承诺：
一、所填信息和所交材料真实、准确、有效；
二、本人户籍在章贡区，没有重复领取高龄津贴；
三、户籍迁出或情况变化时，在30日内告知；
四、如承诺不实，愿退回已领津贴并承担法律责任。
本人已知晓办理条件和不实承诺的后果。"""
PROMISE_EN = """I am applying for the old-age allowance and promise that:
1. what I state and hand in is true, accurate and valid;
2. I am registered in Zhanggong District and do not receive this allowance already;
3. I will report within 30 days if I move my registration or if anything else changes;
4. if this is untrue, I will return what I was paid and answer for it in law.
I understand the conditions and what follows from an untrue promise."""


def attract(t: Say) -> Attract:
    """Show everything works."""
    return Attract(
        headline=t("政务服务，随时为您", "Government services, day and night"),
        invitation=t("轻触屏幕，开始办理", "Touch to begin"),
        can_now=(
            t("2项事项现在都能办", "Both services are available now"),
            t("身份证可以读，凭条可以打印", "Cards can be read, slips can be printed"),
        ),
        cannot_now=(),
        nearest=t("南外街道便民服务中心（320米）", "Nanwai Service Centre (320 m)"),
        phone="0797-0000000",
    )


def situations(t: Say, chosen: str = "") -> tuple[Situation, ...]:
    """Show the life situations."""
    return tuple(
        Situation(code, label, icon, count, code == chosen)
        for code, label, icon, count in (
            ("social", t("社会保障", "Insurance"), "social", 12),
            ("health", t("看病就医", "Health"), "health", 8),
            ("housing", t("住房安居", "Housing"), "housing", 6),
            ("family", t("家庭养老", "Family"), "family", 9),
            ("papers", t("证件户籍", "Papers"), "card", 6),
            ("work", t("就业创业", "Work"), "work", 7),
            ("business", t("企业开办", "Business"), "business", 5),
            ("life", t("交通税费", "Daily life"), "receipt", 7),
            ("law", t("法律投诉", "Law"), "shield", 3),
        )
    )


def proof_tile(t: Say) -> Tile:
    """Show the certificate."""
    return Tile(
        "social-insurance-proof",
        t("办社保参保证明", "Social insurance certificate"),
        t("打印盖章的参保缴费证明，当场拿走", "A sealed record of your contributions, printed now"),
        t("市人社局", "Social Security Bureau"),
        "certificate",
        t("即办", "At once"),
        available=True,
        availability=t("现在可办", "Available now"),
    )


def allowance_tile(t: Say) -> Tile:
    """Show the allowance."""
    return Tile(
        "old-age-allowance",
        t("高龄津贴申领", "Old-age allowance"),
        t("年满80周岁，每月领津贴", "A monthly allowance for people aged 80 or over"),
        t("区民政局", "Civil Affairs Bureau"),
        "elder",
        t("5个工作日", "5 working days"),
        available=True,
        availability=t("现在可办", "Available now"),
    )


def home(t: Say) -> Home:
    """Show the two items of the first visit."""
    return Home(
        heading=t("您好，想办什么事？", "Good day. What would you like to do?"),
        help=t("可以搜索，也可以按下面的图选", "Search, or choose below"),
        query="",
        situations=situations(t),
        list_title=t("大家常办", "Often used here"),
        tiles=(proof_tile(t), allowance_tile(t)),
        page=1,
        pages=1,
        services=home_services(t),
    )


def item(t: Say) -> ItemPage:
    """Show the certificate, possible here and now."""
    return ItemPage(
        name=t("办社保参保证明", "Social insurance certificate"),
        department=t(
            "赣州市人力资源和社会保障局", "Ganzhou Human Resources and Social Security Bureau"
        ),
        badges=(t("即办件", "At once"), t("全程网办", "Fully online"), t("全市通办", "City-wide")),
        blocks=(
            GuideBlock(
                t("能不能办", "Can I?"),
                t("在赣州参加过社会保险的本人", "Anyone who has paid social insurance in Ganzhou"),
                "eligible",
            ),
            GuideBlock(t("带什么", "Bring"), t("本人身份证", "Your own identity card"), "bring"),
            GuideBlock(
                t("多久", "How long"), t("当场办结，约2分钟", "About two minutes"), "duration"
            ),
            GuideBlock(t("多少钱", "Cost"), t("不收费", "Free of charge"), "cost"),
            GuideBlock(
                t("在哪儿拿", "Where"),
                t("在本机打印，或用手机扫码领取", "Printed here, or taken by your phone"),
                "collect",
            ),
        ),
        flow=(
            t("证明是您本人", "Show who you are"),
            t("选用途和时间", "Choose use"),
            t("核对提交", "Check"),
            t("领取证明", "Take it"),
        ),
        truth=t("本机现在可以办结", "This machine can finish it now"),
        truth_tone=Tone.GOOD,
        actions=(Action("start", t("开始办理", "Begin"), "arrow", primary=True),),
    )


def consent(t: Say) -> Consent:
    """Show one of two consents."""
    return Consent(
        heading=t("同意查询您的社保信息", "Let us look up your social insurance"),
        purpose=t("用于开具本次参保证明", "To issue this certificate"),
        data=t("姓名、身份证号、参保缴费记录", "Name, identity number, contribution records"),
        recipient=t(
            "赣州市人力资源和社会保障局", "Ganzhou Human Resources and Social Security Bureau"
        ),
        version="1.0",
        number=1,
        total=2,
        actions=(
            Action("refuse", t("不同意", "I do not agree"), "close"),
            Action("agree", t("同意", "I agree"), "check", primary=True),
        ),
    )


def _field(
    key: str,
    label: str,
    widget: str,
    shown: str,
    source: str = "",
    *,
    value: str = "",
    locked: bool = False,
    help: str = "",  # noqa: A002 - the name of the field it fills
    example: str = "",
    error: str = "",
    choices: tuple[ChoiceView, ...] = (),
    required: bool = True,
    editing: bool = False,
) -> FieldView:
    return FieldView(
        key=key,
        label=label,
        widget=widget,
        value=value or shown,
        shown=shown,
        source=source,
        locked=locked,
        help=help,
        example=example,
        error=error,
        choices=choices,
        required=required,
        editing=editing,
    )


def form_choices(t: Say) -> FormPage:
    """Show two questions with open answers."""
    return FormPage(
        heading=t("证明用在哪里", "What the certificate is for"),
        help=t("请选一个用途和一段时间", "Choose one use and one period"),
        fields=(
            _field(
                "purpose",
                t("用途", "Used for"),
                "choice",
                "",
                help=t("用途会印在证明上", "Printed on the certificate"),
                choices=(
                    ChoiceView("personal", t("自己留存", "My own records"), selected=True),
                    ChoiceView("loan", t("办理贷款", "A loan"), selected=False),
                    ChoiceView("school", t("子女入学", "A child's school"), selected=False),
                    ChoiceView(
                        "household", t("办理落户", "Household registration"), selected=False
                    ),
                    ChoiceView("employment", t("求职入职", "A job"), selected=False),
                    ChoiceView("court", t("诉讼仲裁", "Court or arbitration"), selected=False),
                ),
            ),
            _field(
                "period",
                t("时间", "Period"),
                "choice",
                "",
                help=t("从本月往前数", "Counted back from this month"),
                choices=(
                    ChoiceView("months-12", t("最近1年", "Last year"), selected=False),
                    ChoiceView("months-24", t("最近2年", "Last two years"), selected=False),
                    ChoiceView("months-60", t("最近5年", "Last five years"), selected=False),
                    ChoiceView("all", t("全部", "Everything"), selected=False),
                ),
            ),
        ),
        page=1,
        pages=1,
        actions=(Action("next", t("下一步", "Continue"), "arrow", primary=True),),
    )


def form_contact(t: Say, editing: str = "", error: str = "") -> FormPage:
    """Show what is known already; one field may be open."""
    platform = t("来自平台", "From the platform")
    return FormPage(
        heading=t("怎么联系您", "How to reach you"),
        help=t("有结果时会打这个电话", "We call this number when there is news"),
        fields=(
            _field(
                "phone",
                t("手机号", "Mobile number"),
                "phone",
                "138 **** 0000",
                platform,
                value="13800000000",
                example="13800000000",
                editing=editing == "phone",
                error=error if editing == "phone" else "",
            ),
            _field(
                "address",
                t("现在住址", "Present address"),
                "multiline",
                t("赣州市章贡区演示路1号1栋101室", "Room 101, Building 1, 1 Yanshi Road"),
                platform,
                example=t("章贡区某某路1号1栋101室", "Room 101, 1 Some Road"),
                editing=editing == "address",
            ),
            _field(
                "relative_phone",
                t("家人手机号", "A relative's number"),
                "phone",
                "",
                example="13800000000",
                required=False,
                editing=editing == "relative_phone",
            ),
        ),
        page=2,
        pages=3,
        actions=(
            Action("next", t("没有错，下一步", "All correct, continue"), "arrow", primary=True),
        ),
    )


def form_identity(t: Say) -> FormPage:
    """Show from the card: to be checked, not typed. A name with a rare character."""
    card = t("来自身份证", "From your card")
    return FormPage(
        heading=t("核对您的身份", "Check who you are"),
        help=t("这些内容来自您的身份证", "These come from your identity card"),
        fields=(
            _field("name", t("姓名", "Name"), "text", "王苗苗", card, locked=True),
            _field(
                "number",
                t("身份证号", "Identity number"),
                "text",
                "360702 **** **** 1234",
                card,
                locked=True,
            ),
            _field(
                "birth",
                t("出生日期", "Date of birth"),
                "date",
                t("1941年3月8日", "8 March 1941"),
                card,
                locked=True,
            ),
        ),
        page=1,
        pages=3,
        actions=(
            Action("next", t("没有错，下一步", "All correct, continue"), "arrow", primary=True),
        ),
    )


def form_date(t: Say) -> FormPage:
    """Show a date being typed."""
    return FormPage(
        heading=t("填写日期", "Fill in the date"),
        help="",
        fields=(
            _field(
                "birth",
                t("出生日期", "Date of birth"),
                "date",
                "",
                value="1941-0",
                help=t("依次输入年、月、日", "Type year, month, day"),
                example=t("1941年3月8日", "1941-03-08"),
                editing=True,
            ),
        ),
        page=1,
        pages=1,
        actions=(Action("next", t("下一步", "Continue"), "arrow", primary=True),),
    )


def materials(t: Say) -> Materials:
    """Show one paper open, one fetched."""
    return Materials(
        heading=t("交材料", "Your papers"),
        help=t("有电子证照的不用再交纸质件", "What we can fetch, you need not hand in"),
        materials=(
            MaterialView(
                "household-register",
                t("居民户口簿（首页和本人页）", "Household register (first page and yours)"),
                "open",
                t("请选一种方式", "Please choose a way"),
                Tone.WARNING,
                (
                    Action(
                        "licence:household-register",
                        t("用电子证照", "Use e-licence"),
                        "licence",
                        primary=True,
                    ),
                    Action("scan:household-register", t("拍照扫描", "Scan it"), "scan"),
                    Action("later:household-register", t("以后补交", "Bring later"), "later"),
                ),
            ),
            MaterialView(
                "id-card",
                t("居民身份证", "Identity card"),
                "licence",
                t("已从电子证照取得", "Fetched from your e-licences"),
                Tone.GOOD,
                (Action("undo:id-card", t("撤回", "Undo"), "undo"),),
            ),
        ),
        actions=(Action("next", t("下一步", "Continue"), "arrow", primary=True, enabled=False),),
    )


def promise(t: Say) -> PromisePage:
    """Show to be read and signed."""
    return PromisePage(
        heading=t("请阅读承诺书并签名", "Please read the promise and sign"),
        help=t("签名和您在纸上签的一样有效", "This signature counts as one on paper"),
        text=t(PROMISE_ZH, PROMISE_EN),
        version="1.0",
        signature_needed=True,
        signed=False,
        actions=(
            Action(
                "sign_by_key", t("不便签名，按键确认", "Confirm with a key instead"), "keyboard"
            ),
            Action(
                "next",
                t("签好了，下一步", "Signed, continue"),
                "arrow",
                primary=True,
                enabled=False,
            ),
        ),
    )


def review(t: Say) -> Review:
    """Show exactly what will be sent."""
    return Review(
        heading=t("请核对，确认后提交", "Please check before it is sent"),
        help=t("只发送下面这些内容", "Only what stands here is sent"),
        recipient=t("赣州市章贡区民政局", "Zhanggong District Civil Affairs Bureau"),
        sections=(
            ReviewSection(
                "identity",
                t("您的身份", "Who you are"),
                (
                    Row(t("姓名", "Name"), "王苗苗"),
                    Row(t("身份证号", "Identity number"), "360702 **** **** 1234"),
                ),
                changeable=False,
            ),
            ReviewSection(
                "group:1",
                t("怎么联系您", "How to reach you"),
                (
                    Row(t("手机号", "Mobile number"), "138 **** 0000"),
                    Row(
                        t("现在住址", "Address"),
                        t("赣州市章贡区演示路1号1栋101室", "Room 101, Building 1, 1 Yanshi Road"),
                    ),
                ),
                changeable=True,
            ),
            ReviewSection(
                "materials",
                t("材料", "Papers"),
                (Row(t("居民户口簿", "Household register"), t("电子证照", "E-licence")),),
                changeable=True,
            ),
        ),
        actions=(Action("submit", t("确认提交", "Send it"), "send", primary=True),),
    )


def working(t: Say) -> Working:
    """Show submitting, after three seconds."""
    return Working(
        heading=t("正在提交", "Sending your application"),
        help=t("一般需要5秒左右", "This usually takes about five seconds"),
        steps=(
            WorkStep(t("已在本机安全保存", "Kept safely on this machine"), "done"),
            WorkStep(t("正在送到平台", "Being sent to the platform"), "now"),
            WorkStep(t("取得受理号", "Getting the case number"), "next"),
        ),
        actions=(Action("leave", t("不等了，先拿回执", "Do not wait, give me a slip"), "receipt"),),
    )


def receipt(t: Say) -> ReceiptPage:
    """Show accepted, paper printed."""
    return ReceiptPage(
        heading=t("已受理", "Your application was accepted"),
        tone=Tone.GOOD,
        number_label=t("受理号", "Case number"),
        number="GZ-20261120-000123",
        provisional=False,
        facts=(
            Row(t("事项", "Service"), t("高龄津贴申领", "Old-age allowance")),
            Row(t("办结时间", "Decided by"), t("11月27日（周五）前", "Friday 27 November")),
        ),
        next_steps=(
            t("工作人员审核您的材料", "An officer reviews your papers"),
            t("有结果时打您留下的电话", "We call the number you gave us"),
        ),
        qr="https://example.invalid/c/GZ-20261120-000123",
        qr_help=t("手机扫码查进度", "Scan to follow it"),
        papers=(
            PaperState(
                t("凭条", "Slip"),
                "done",
                t("已打印，请从亮灯处取走", "Printed; please take it at the light"),
                Tone.GOOD,
            ),
        ),
        lit_slot="receipt_printer",
        actions=(
            Action("more", t("再办一件", "Something else"), "home"),
            Action("finish", t("办好了", "I am done"), "check", primary=True),
        ),
    )


def rating(t: Say) -> Rating:
    """Show five faces."""
    return Rating(
        heading=t("这次办事，您满意吗？", "Were you satisfied?"),
        help=t("点一下就好，也可以不评", "One touch; you may skip it"),
        grades=tuple(
            Grade(value, label, f"grade-{value}", selected=False)
            for value, label in (
                (5, t("非常满意", "Very satisfied")),
                (4, t("满意", "Satisfied")),
                (3, t("基本满意", "Fairly satisfied")),
                (2, t("不满意", "Not satisfied")),
                (1, t("非常不满意", "Very dissatisfied")),
            )
        ),
        actions=(Action("skip", t("不评了", "Skip"), "skip"),),
    )


def goodbye(t: Say) -> Goodbye:
    """Show the card is still inside."""
    return Goodbye(
        heading=t("请带好三样东西", "Please take three things"),
        help=t("您的信息已从本机清除", "Your data has been wiped from this machine"),
        reminders=(
            Reminder("card", t("身份证", "Identity card"), "card", urgent=True),
            Reminder("paper", t("凭条和证明", "Your papers"), "paper", urgent=False),
            Reminder("phone", t("手机", "Your phone"), "mobile", urgent=False),
        ),
        seconds_left=12,
        actions=(Action("done", t("都拿好了", "I have everything"), "check", primary=True),),
    )


def trouble(t: Say) -> Trouble:
    """Show the printer stopped, the matter is safe."""
    return Trouble(
        heading=t("凭条没有打印出来", "The slip was not printed"),
        meaning=t(
            "打印机缺纸。您的事已经办好，不受影响。",
            "The printer has run out of paper. Your application is not affected.",
        ),
        number="L24-0001-000042",
        small_print="receipt_printer · paper_out",
        actions=(
            Action("ticket", t("办不成事反映", "Report a problem"), "report"),
            Action("screen", t("在屏幕上看编号", "Show the number"), "qr"),
            Action("continue", t("继续", "Continue"), "arrow", primary=True),
        ),
    )
