# SPDX-License-Identifier: Apache-2.0
"""What devices send: cards, printers, scanners, boards, pictures."""

from __future__ import annotations

from io import BytesIO

import cv2
import numpy as np
import zxingcpp
from PIL import Image

from drivers.camera import frame_ring as ring
from drivers.code_scanner.code_text import MAX_CODE_BYTES, decode_code
from drivers.code_scanner.image_codes import read_picture
from drivers.core import DeviceError
from drivers.document_scanner import scanner_options
from drivers.document_scanner.page_scan import PictureError, decode
from drivers.id_card.sam_frame import ReplyParser, checksum, decode_sam_id
from drivers.id_card.sam_text import TEXT_SIZE, decode_appended_address, decode_card
from drivers.page_printer import ipp_message, ipp_reasons
from drivers.receipt_printer import dle_eot, full_status
from drivers.receipt_printer.profiles import PROFILES
from drivers.signals.modbus_line import Framing, ModbusLine
from drivers.signals.nut_protocol import VariableList, power_state
from drivers.sim.card_memory import appended_address_block, text_block
from drivers.sim.people import PEOPLE
from drivers.smart_card.social_card import read_social_card
from drivers.testing.virtual_wire import VirtualClock
from tests.fuzz.parser import Parser


def _frame(body: bytes) -> bytes:
    covered = (len(body) + 1).to_bytes(2, "big") + body
    return bytes.fromhex("AAAAAA9669") + covered + bytes([checksum(covered)])


def _sam_samples() -> tuple[bytes, ...]:
    text = text_block(PEOPLE["worker"].card)
    answers = (b"\x00\x00\x9f", b"\x00\x00\x90", b"\x00\x00\x80", b"\x00\x00\x90" + bytes(16))
    card = b"\x00\x00\x90" + (256).to_bytes(2, "big") + (4).to_bytes(2, "big") + text + b"wlf!"
    return (*(b"\x07" + _frame(answer) for answer in answers), b"\x40" + _frame(card))


def _sam_frames(data: bytes) -> None:
    """Feed in pieces; the first byte says how long they are."""
    parser, step = ReplyParser(), 1 + (data[0] if data else 0)
    for at in range(1, len(data), step):
        parser.feed(data[at : at + step])
        assert len(parser._buffer) <= 16384
    parser.rescue()
    assert parser.noise <= len(data)


def _sam_text(data: bytes) -> None:
    decode_sam_id(data[:16])
    decode_appended_address(data)
    decode_card(data if len(data) < TEXT_SIZE else data[:TEXT_SIZE])


def _sam_text_samples() -> tuple[bytes, ...]:
    people = [text_block(person.card) for person in PEOPLE.values()]
    return (*people, appended_address_block("江西省赣州市章贡区长征大道1号"))


def _printer_status(data: bytes) -> None:
    full_status.find_full_status(data)
    for answer in data[:64]:
        full_status.exit_details(answer)
        for profile in PROFILES.values():
            for number in (1, 2, 3, 4):
                try:
                    signs = dle_eot.decode(number, answer, profile)
                except DeviceError:
                    continue
                assert isinstance(dle_eot.trouble(signs), str)
                dle_eot.may_pass(signs)
        if dle_eot.is_ordered_answer(answer):
            dle_eot.decode_ordered(answer)


def _social_card(data: bytes) -> None:
    """Answer the reader's questions with what comes, each behind one byte of length."""
    at, questions = 0, 0

    def transmit(_command: bytes) -> bytes:
        nonlocal at, questions
        questions += 1
        assert questions < 2000, "a card must not be asked for ever"
        if at >= len(data):
            return b"\x6a\x82"
        size = data[at]
        at += 1 + size
        return data[at - size : at]

    read_social_card(transmit)


def _social_card_samples() -> tuple[bytes, ...]:
    def told(*answers: bytes) -> bytes:
        return b"".join(bytes([len(answer)]) + answer for answer in answers)

    done = b"\x90\x00"
    record = bytes.fromhex("0812") + "赣州".encode("gbk").ljust(18, b"\0") + done
    return (
        told(done, done, record, record, done, record),
        told(b"\x61\x10", bytes(16) + done, b"\x6c\x14", record),
        told(done, b"\x69\x82", b"\x69\x82", b"\x6a\x83", record),
    )


def _ipp(data: bytes) -> None:
    answer = ipp_message.decode(data)
    for name in list(answer.attributes)[:20]:
        answer.keywords(name)
        answer.number(name)
        answer.text(name)
    assert answer.ok in {True, False}
    status = ipp_reasons.status_from(answer)
    assert len(status.details) <= 2 * 16 + 2
    question = ipp_message.decode_question(data)
    assert len(question.document) <= len(data)


def _ipp_samples() -> tuple[bytes, ...]:
    def attribute(tag: int, name: bytes, value: bytes) -> bytes:
        sizes = len(name).to_bytes(2, "big"), len(value).to_bytes(2, "big")
        return bytes([tag]) + sizes[0] + name + sizes[1] + value

    head = b"\x02\x00\x00\x00\x00\x00\x00\x01\x01"
    text = attribute(0x47, b"attributes-charset", b"utf-8")
    job = (
        b"\x02"
        + attribute(0x21, b"job-id", b"\0\0\0\7")
        + attribute(0x23, b"job-state", b"\0\0\0\5")
    )
    reasons = attribute(0x44, b"job-state-reasons", b"none") + attribute(0x44, b"", b"media-empty")
    flag = attribute(0x22, b"printer-is-accepting-jobs", b"\1")
    return (head + text + job + reasons + b"\x03", head + text + b"\x04" + flag + b"\x03")


def _nut(data: bytes) -> None:
    variables = VariableList("ups")
    for line in data.split(b"\n")[:200]:
        if variables.take(line):
            break
    power_state(variables.variables.get("ups.status", "").split(), variables.variables)


_NUT = b"""BEGIN LIST VAR ups
VAR ups battery.charge "90"
VAR ups battery.runtime "1200.5"
VAR ups ups.status "OB LB"
VAR ups device.model "A \\"quoted\\" one"
END LIST VAR ups"""


class _Answers:
    """A transport that says one thing whatever it is asked."""

    is_open = True

    def __init__(self, data: bytes, clock: VirtualClock) -> None:
        self._data, self._clock = data, clock

    def drain(self) -> None:
        """Forget nothing: each attempt hears the same."""

    def write(self, data: bytes, context: object) -> None:
        """Take a question."""

    def read(self, most: int, _context: object, *, timeout_s: float) -> bytes:
        """Say some of it; silence takes the time it was given."""
        piece, self._data = self._data[:most], self._data[most:]
        if not piece:
            self._clock.pass_by(timeout_s)
        return piece


def _modbus(data: bytes) -> None:
    framing = Framing.TCP if data[:1] == b"T" else Framing.RTU
    clock = VirtualClock()
    line = ModbusLine(_Answers(data[1:], clock), framing=framing, unit=1)  # type: ignore[arg-type] # all it uses
    bits = line.read_inputs(0, 8, clock.context(30))
    assert len(bits) == 8


_MODBUS = (
    bytes.fromhex("54 0001 0000 0004 01 02 01 55"),
    bytes.fromhex("54 0001 0000 0003 01 82 06"),
    bytes.fromhex("52 01 02 01 55 60 77"),
)


def _qr(text: bytes, size: int = 4) -> bytes:
    code = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode)
    picture = Image.fromarray(np.array(code.to_image(scale=size)))
    stream = BytesIO()
    picture.save(stream, "PNG")
    return stream.getvalue()


def _code_samples() -> tuple[bytes, ...]:
    png = _qr("赣通码 hall24".encode())
    jpeg, gif = BytesIO(), BytesIO()
    Image.open(BytesIO(png)).convert("L").save(jpeg, "JPEG")
    Image.open(BytesIO(png)).convert("P").save(gif, "GIF")
    return (png, jpeg.getvalue(), gif.getvalue(), _qr("赣州".encode("gbk")))


def _page_samples() -> tuple[bytes, ...]:
    page = np.full((60, 40, 3), 230, np.uint8)
    page[10:30, 8:20] = 20
    return tuple(
        cv2.imencode(kind, page)[1].tobytes() for kind in (".jpg", ".png", ".bmp", ".tiff")
    )


def _ring(data: bytes) -> None:
    shape = ring._shape_in(data[: ring._HEADER.size], 7)
    assert shape.total_bytes < 512 * 1024 * 1024


def _scanner_options(data: bytes) -> None:
    options = scanner_options.read_options(data)
    options.both_sides(options.feeder)


_OPTIONS = b"""All options specific to device `x':
  Scan Mode:
    --mode Gray|Color [Gray]
    --source Flatbed|ADF|ADF Duplex [Flatbed]
    --adf-mode Simplex|Duplex [inactive]
    --duplex[=(yes|no)] [no]
"""


def _code_text(data: bytes) -> None:
    text = decode_code(data)
    assert len(text.value) <= MAX_CODE_BYTES


PARSERS: dict[str, Parser] = {
    "sam_frame": Parser(_sam_frames, (), _sam_samples),
    "sam_text": Parser(_sam_text, (DeviceError,), _sam_text_samples),
    "printer_status": Parser(
        _printer_status, (), lambda: (b"\x12\x12\x12\x12", b"\x10\x0f\x20\x00\x00\x00", b"\x16\x1e")
    ),
    "social_card": Parser(_social_card, (DeviceError,), _social_card_samples),
    "ipp": Parser(_ipp, (DeviceError,), _ipp_samples),
    "nut": Parser(_nut, (DeviceError,), lambda: (_NUT, b"ERR DATA-STALE")),
    "modbus": Parser(_modbus, (DeviceError,), lambda: _MODBUS),
    "code_text": Parser(
        _code_text, (DeviceError,), lambda: ("赣通码".encode(), "赣".encode("gb18030"), b"a1")
    ),
    "code_picture": Parser(read_picture, (DeviceError,), _code_samples, slow=True),
    "page_picture": Parser(decode, (PictureError,), _page_samples, slow=True),
    "frame_ring": Parser(
        _ring,
        (ring.RingError,),
        lambda: (ring._HEADER.pack(ring._MAGIC, ring._VERSION, 7, 640, 480, 3, 0),),
    ),
    "scanner_options": Parser(_scanner_options, (), lambda: (_OPTIONS,)),
}
