// SPDX-License-Identifier: Apache-2.0
// What the letters may mean: at most seven, with a way to those that follow.
pragma ComponentBehavior: Bound

import QtQuick
import QtQuick.Layouts
import Hall24.Models
import Kiosk

RowLayout {
    id: row

    required property TypingModel typing
    required property real keyWidth
    readonly property real room: width - (keyWidth + Theme.keyGap) * 2

    signal chosen(string text)

    function arrange(): void {
        row.typing.arrange(row.room, row.keyWidth, Theme.keyGap, Theme.strong, Theme.grid * 2);
    }

    spacing: Theme.keyGap
    onRoomChanged: arrange()
    onKeyWidthChanged: arrange()
    Component.onCompleted: arrange()

    Item {
        Layout.fillWidth: true
        Layout.fillHeight: true

        Row {
            spacing: Theme.keyGap

            Repeater {
                model: row.typing.candidates

                PadKey {
                    required property int index
                    required property string word
                    required property real span

                    objectName: "candidate:" + index
                    sign: ""
                    label: word
                    width: span
                    onClicked: row.chosen(row.typing.choose(index))
                }
            }
        }
    }
    PadKey {
        sign: "previous"
        label: ""
        glyph: "previous"
        wordy: true
        enabled: row.typing.hasPrevious
        Accessible.name: Words.t("key.previous")
        Layout.preferredWidth: row.keyWidth
        onClicked: row.typing.turn(-1)
    }
    PadKey {
        sign: "next"
        label: ""
        glyph: "next"
        wordy: true
        enabled: row.typing.hasNext
        Accessible.name: Words.t("key.next")
        Layout.preferredWidth: row.keyWidth
        onClicked: row.typing.turn(1)
    }
}
