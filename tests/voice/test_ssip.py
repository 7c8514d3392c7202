# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from pathlib import Path

import pytest

from kiosk.voice.engine import NoVoiceError, Utterance, VoiceLostError
from kiosk.voice.ssip import SpeechDispatcher, usual_address
from tests.voice.ssip_double import SsipDouble


def test_chinese_is_sent_as_pinyin_to_espeak_and_slowly_where_asked(speechd: SsipDouble) -> None:
    engine = SpeechDispatcher(str(speechd.path))
    engine.say(Utterance("请放身份证", slow=True))
    engine.close()
    assert speechd.spoken == ["qing3 fang4 shen1 fen4 zheng4"]
    assert speechd.settings["LANGUAGE"] == "cmn-latn-pinyin"
    assert int(speechd.settings["RATE"]) < 0
    assert speechd.settings["CLIENT_NAME"].startswith("hall24:")


def test_another_engine_gets_characters(tmp_path: Path) -> None:
    double = SsipDouble(tmp_path / "other.sock", module="ekho")
    try:
        engine = SpeechDispatcher(str(double.path))
        engine.say(Utterance("请放身份证"))
        engine.close()
        assert double.spoken == ["请放身份证"]
        assert double.settings["LANGUAGE"] == "zh"
    finally:
        double.close()


def test_english_is_said_in_english(speechd: SsipDouble) -> None:
    engine = SpeechDispatcher(str(speechd.path))
    engine.say(Utterance("Place your card", language="en"))
    engine.close()
    assert speechd.settings["LANGUAGE"] == "en"
    assert speechd.spoken == ["Place your card"]


@pytest.mark.parametrize(
    "text", [".", "..", ". then\r\n.\r\nQUIT", "\x1b[2J\n.\nSET SELF RATE 100"]
)
def test_no_text_ends_itself_or_becomes_a_command(speechd: SsipDouble, text: str) -> None:
    engine = SpeechDispatcher(str(speechd.path))
    engine.say(Utterance(text, language="en"))
    engine.say(Utterance("still here", language="en"))
    engine.close()
    assert speechd.spoken[-1] == "still here"
    assert len(speechd.spoken) == 2
    assert speechd.settings["RATE"] == "0"


def test_to_be_silent_empties_the_queue(speechd: SsipDouble) -> None:
    engine = SpeechDispatcher(str(speechd.path))
    engine.say(Utterance("one", language="en"))
    engine.hush()
    assert speechd.queued == []
    engine.close()


def test_nobody_there_is_no_voice(tmp_path: Path) -> None:
    with pytest.raises(NoVoiceError):
        SpeechDispatcher(str(tmp_path / "nothing.sock"))
    with pytest.raises(NoVoiceError):
        SpeechDispatcher("127.0.0.1:1")


def test_who_refuses_us_is_no_voice(speechd: SsipDouble) -> None:
    speechd.greets = False
    with pytest.raises(NoVoiceError):
        SpeechDispatcher(str(speechd.path))


def test_a_daemon_that_went_away_is_said_to_be_lost(speechd: SsipDouble) -> None:
    engine = SpeechDispatcher(str(speechd.path))
    speechd.hang_up()
    with pytest.raises(VoiceLostError):
        engine.say(Utterance("too late", language="en"))
    engine.close()


def test_the_address_is_where_the_environment_says() -> None:
    assert usual_address({"SPEECHD_ADDRESS": "unix_socket:/run/x.sock"}) == "/run/x.sock"
    assert usual_address({"SPEECHD_ADDRESS": "inet_socket:127.0.0.1:6560"}) == "127.0.0.1:6560"
    assert usual_address({"XDG_RUNTIME_DIR": "/run/user/7"}).startswith("/run/user/7/speech-")
