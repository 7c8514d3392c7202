// SPDX-License-Identifier: Apache-2.0
// One true sentence with the sign of its tone.
import QtQuick
import QtQuick.Layouts
import Kiosk

RowLayout {
    id: line

    required property string words
    required property string tone
    property bool small: false

    spacing: Theme.grid

    Icon {
        Layout.alignment: Qt.AlignTop
        Layout.topMargin: (Theme.body * 1.45 - height) / 2
        name: line.tone
        ink: Theme.toneInk(line.tone)
    }
    BodyText {
        Layout.fillWidth: true
        text: line.words
        font.pixelSize: line.small ? Theme.small : Theme.body
    }
}
