// SPDX-License-Identifier: Apache-2.0
// One of several things in their order.
import QtQuick
import QtQuick.Layouts
import Kiosk

RowLayout {
    id: line

    required property int number
    required property string words

    spacing: Theme.grid

    Rectangle {
        Layout.preferredWidth: Theme.icon * 1.15
        Layout.preferredHeight: Theme.icon * 1.15
        Layout.alignment: Qt.AlignTop
        radius: width / 2
        color: Theme.tint
        border.color: Theme.primary
        border.width: Theme.contrast ? Theme.hairline : 0

        SmallText {
            anchors.centerIn: parent
            text: line.number
            color: Theme.primary
            font.weight: Font.DemiBold
        }
    }
    BodyText {
        Layout.fillWidth: true
        text: line.words
    }
}
