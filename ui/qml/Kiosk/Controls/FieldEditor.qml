// SPDX-License-Identifier: Apache-2.0
// One question, alone: its words, what is written, the pad that fits, and "done".
pragma ComponentBehavior: Bound

import QtQuick
import QtQuick.Layouts
import Hall24.Models
import Kiosk

Item {
    id: editor

    required property ShellModel shell
    required property string key
    required property string label
    required property string widget
    required property string value
    required property string help
    required property string example
    required property string error
    readonly property bool numeric: ["number", "phone", "bank_account"].includes(widget)
    readonly property bool isDate: widget === "date"
    // Letters need the height: then "done" stands beside what is written.
    readonly property bool doneBeside: Theme.portrait && (Theme.elder || Theme.low) && !numeric && !isDate
    property string digits: ""

    function report(text: string): void {
        editor.shell.answer(editor.key, text);
    }

    function finish(): void {
        (pad.item as TextPad)?.finish();
        editor.shell.edit("");
    }

    function typeDigit(sign: string): void {
        if (editor.digits.length >= 8)
            return;
        editor.digits += sign;
        if (editor.digits.length === 8)
            editor.report(editor.digits.slice(0, 4) + "-" + editor.digits.slice(4, 6) + "-" + editor.digits.slice(6));
    }

    function eraseDigit(): void {
        editor.digits = editor.digits.slice(0, -1);
        editor.report("");
    }

    Component.onCompleted: {
        digits = isDate ? value.replace(/\D/g, "") : "";
        input.text = value;
    }

    GridLayout {
        anchors.fill: parent
        columns: Theme.portrait ? 1 : 2
        columnSpacing: Theme.margin
        rowSpacing: Theme.wide

        ColumnLayout {
            Layout.fillWidth: true
            Layout.fillHeight: !Theme.portrait
            Layout.preferredWidth: 1
            Layout.alignment: Qt.AlignTop
            spacing: Theme.grid

            HeadingText {
                Layout.fillWidth: true
                text: editor.label
            }
            BodyText {
                Layout.fillWidth: true
                text: editor.help
                color: Theme.quiet
                visible: text !== "" && !Theme.low
            }
            DateBoxes {
                Layout.fillWidth: true
                digits: editor.digits
                visible: editor.isDate
            }
            RowLayout {
                Layout.fillWidth: true
                spacing: Theme.grid
                visible: !editor.isDate

                InputBox {
                    id: input

                    Layout.fillWidth: true
                    label: editor.label
                    wrong: editor.error !== ""
                    inputHints: editor.numeric ? Qt.ImhDigitsOnly : Qt.ImhNone
                    multiline: editor.widget === "multiline"
                    onEdited: text => editor.report(text)
                    pending: editor.shell.typing.letters
                    onAccepted: editor.finish()
                }
                BigButton {
                    Layout.fillHeight: true
                    objectName: editor.doneBeside ? "key:done" : ""
                    label: Words.t("key.done")
                    look: "primary"
                    visible: editor.doneBeside
                    onClicked: editor.finish()
                }
            }
            Notice {
                Layout.fillWidth: true
                words: editor.error
                tone: "wrong"
            }
            BodyText {
                Layout.fillWidth: true
                text: editor.example === "" ? "" : Words.fill("form.example", {
                    "example": editor.example
                })
                color: Theme.quiet
                visible: text !== "" && editor.error === "" && (input.text === "" || editor.isDate)
            }
            Item {
                Layout.fillHeight: true
                visible: !Theme.portrait
            }
            BigButton {
                Layout.fillWidth: true
                objectName: Theme.portrait ? "" : "key:done"
                label: Words.t("key.done")
                glyph: "check"
                look: "primary"
                visible: !Theme.portrait
                focusPolicy: Qt.TabFocus
                onClicked: editor.finish()
            }
        }

        Item {
            Layout.fillHeight: true
            visible: Theme.portrait
        }

        Loader {
            id: pad

            Layout.fillWidth: true
            Layout.preferredWidth: Theme.elder ? 3 : 1.5
            Layout.maximumWidth: editor.numeric || editor.isDate ? Theme.padWidth : Number.POSITIVE_INFINITY
            Layout.alignment: Theme.portrait ? Qt.AlignHCenter : Qt.AlignTop
            sourceComponent: editor.numeric || editor.isDate ? numbers : letters
        }

        BigButton {
            Layout.fillWidth: true
            objectName: Theme.portrait && !editor.doneBeside ? "key:done" : ""
            label: Words.t("key.done")
            glyph: "check"
            look: "primary"
            visible: Theme.portrait && !editor.doneBeside
            onClicked: editor.finish()
        }
    }

    Component {
        id: numbers

        NumberPad {
            onTyped: sign => editor.isDate ? editor.typeDigit(sign) : input.type(sign)
            onErased: editor.isDate ? editor.eraseDigit() : input.erase()
            onCleared: {
                editor.digits = "";
                if (editor.isDate)
                    editor.report("");
                else
                    input.wipe();
            }
        }
    }
    Component {
        id: letters

        TextPad {
            typing: editor.shell.typing
            chinese: editor.shell.language === "zh"
            onTyped: text => input.type(text)
            onErased: input.erase()
            onCleared: input.wipe()
        }
    }
}
