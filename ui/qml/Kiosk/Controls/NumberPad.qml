// SPDX-License-Identifier: Apache-2.0
// Digits, like a telephone. `extra` is one more character, such as X.
pragma ComponentBehavior: Bound

import QtQuick
import QtQuick.Layouts
import Kiosk

GridLayout {
    id: pad

    property string extra: ""

    signal typed(string sign)
    signal erased
    signal cleared

    columns: 3
    columnSpacing: Theme.keyGap
    rowSpacing: Theme.keyGap

    Repeater {
        model: ["1", "2", "3", "4", "5", "6", "7", "8", "9"]

        PadKey {
            required property string modelData

            sign: modelData
            Layout.fillWidth: true
            Layout.fillHeight: true
            Layout.minimumHeight: Theme.padKey
            onClicked: pad.typed(sign)
        }
    }
    PadKey {
        sign: pad.extra !== "" ? pad.extra : "clear"
        label: pad.extra !== "" ? pad.extra : Words.t("key.clear")
        wordy: pad.extra === ""
        Layout.fillWidth: true
        Layout.fillHeight: true
        Layout.minimumHeight: Theme.padKey
        onClicked: pad.extra !== "" ? pad.typed(sign) : pad.cleared()
    }
    PadKey {
        sign: "0"
        Layout.fillWidth: true
        Layout.fillHeight: true
        Layout.minimumHeight: Theme.padKey
        onClicked: pad.typed(sign)
    }
    PadKey {
        sign: "backspace"
        label: Theme.elder ? "" : Words.t("key.backspace")
        glyph: "backspace"
        Accessible.name: Words.t("key.backspace")
        wordy: true
        Layout.fillWidth: true
        Layout.fillHeight: true
        Layout.minimumHeight: Theme.padKey
        autoRepeat: true
        onClicked: pad.erased()
    }
}
