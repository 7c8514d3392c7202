// SPDX-License-Identifier: Apache-2.0
// Letters that become Chinese, or stay letters; digits and punctuation. While letters wait for their
// candidate, the candidates stand where the digits were. Large keys for elder residents stand in the
// order of the alphabet.
pragma ComponentBehavior: Bound

import QtQuick
import QtQuick.Layouts
import Hall24.Models
import Kiosk

ColumnLayout {
    id: pad

    required property TypingModel typing
    property bool chinese: false
    property bool signs: true
    readonly property bool alphabetical: Theme.elder && Theme.portrait
    readonly property bool waiting: typing.letters !== ""
    readonly property string digits: !signs ? "" : alphabetical ? "12345678" : "1234567890"
    readonly property var lines: {
        if (alphabetical)
            return signs ? ["90abcdef", "ghijklmn", "opqrstuv", "wxyz，。、-"] : ["abcdefgh", "ijklmnop", "qrstuvwx", "yz"];
        return signs ? ["qwertyuiop", "asdfghjkl-", "zxcvbnm，。、"] : ["qwertyuiop", "asdfghjkl", "zxcvbnm"];
    }
    readonly property int columns: alphabetical ? 8 : 10
    readonly property real keyWidth: (width - Theme.keyGap * (columns - 1)) / columns

    signal typed(string text)
    signal erased
    signal cleared

    // Who is done has decided: what waits becomes its first candidate.
    function finish(): void {
        const text = pad.typing.finish();
        if (text !== "")
            pad.typed(text);
    }

    function press(sign: string): void {
        if (pad.typing.chinese && /[a-z]/.test(sign)) {
            pad.typing.type(sign);
        } else {
            pad.finish();
            pad.typed(sign);
        }
    }

    function space(): void {
        if (pad.waiting)
            pad.finish();
        else
            pad.typed(" ");
    }

    function erase(): void {
        if (!pad.typing.erase())
            pad.erased();
    }

    function clear(): void {
        if (pad.waiting)
            pad.typing.clear();
        else
            pad.cleared();
    }

    function switchLanguage(): void {
        const letters = pad.typing.letters;
        pad.typing.clear();
        pad.typing.setChinese(!pad.typing.chinese);
        if (letters !== "")
            pad.typed(letters);
    }

    spacing: Theme.keyGap
    Component.onCompleted: typing.open(chinese)
    Component.onDestruction: typing.clear()

    Item {
        Layout.fillWidth: true
        implicitHeight: Theme.key
        visible: pad.signs || pad.typing.chinese

        CandidateRow {
            anchors.fill: parent
            typing: pad.typing
            keyWidth: pad.keyWidth
            visible: pad.waiting
            onChosen: text => pad.typed(text)
        }
        RowLayout {
            anchors.fill: parent
            spacing: Theme.keyGap
            visible: !pad.waiting

            Repeater {
                model: pad.digits.split("")

                PadKey {
                    required property string modelData

                    sign: modelData
                    Layout.preferredWidth: pad.keyWidth
                    onClicked: pad.press(sign)
                }
            }
        }
    }

    Repeater {
        model: pad.lines

        RowLayout {
            id: line

            required property int index
            required property string modelData

            Layout.alignment: Qt.AlignHCenter
            spacing: Theme.keyGap

            Repeater {
                model: line.modelData.split("")

                PadKey {
                    required property string modelData

                    sign: modelData
                    label: modelData.toUpperCase()
                    Layout.preferredWidth: pad.keyWidth
                    Layout.fillHeight: true
                    onClicked: pad.press(sign)
                }
            }
            // Where room is scarce, the last line of letters has them.
            Repeater {
                model: pad.signs || line.index < pad.lines.length - 1 ? [] : [language, blank, back]

                Loader {
                    required property Component modelData

                    Layout.preferredWidth: pad.alphabetical ? pad.keyWidth * 2 + Theme.keyGap : pad.keyWidth
                    sourceComponent: modelData
                }
            }
        }
    }

    RowLayout {
        spacing: Theme.keyGap
        visible: pad.signs

        Loader {
            Layout.fillWidth: true
            Layout.preferredWidth: 1.5
            active: pad.signs
            sourceComponent: language
        }
        Repeater {
            model: pad.signs ? ["（", "）"] : []

            PadKey {
                required property string modelData

                sign: modelData
                Layout.preferredWidth: pad.keyWidth
                onClicked: pad.press(sign)
            }
        }
        PadKey {
            sign: "clear"
            label: Words.t("key.clear")
            wordy: true
            visible: !pad.alphabetical
            Layout.fillWidth: true
            Layout.preferredWidth: 2
            onClicked: pad.clear()
        }
        Loader {
            Layout.fillWidth: true
            Layout.preferredWidth: 2
            active: pad.signs
            sourceComponent: blank
        }
        Loader {
            Layout.fillWidth: true
            Layout.preferredWidth: 2
            active: pad.signs
            sourceComponent: back
        }
    }

    Component {
        id: language

        PadKey {
            readonly property bool chinese: pad.typing.chinese

            sign: "lang"
            label: Words.t(chinese ? "key.chinese" : "key.latin")
            strong: chinese
            onClicked: pad.switchLanguage()
        }
    }
    Component {
        id: blank

        PadKey {
            sign: "space"
            label: pad.signs || pad.alphabetical ? Words.t("key.space") : ""
            glyph: label === "" ? "space" : ""
            wordy: true
            Accessible.name: Words.t("key.space")
            onClicked: pad.space()
        }
    }
    Component {
        id: back

        PadKey {
            sign: "backspace"
            label: Theme.elder || !pad.signs ? "" : Words.t("key.backspace")
            glyph: "backspace"
            Accessible.name: Words.t("key.backspace")
            wordy: true
            autoRepeat: true
            onClicked: pad.erase()
        }
    }
}
