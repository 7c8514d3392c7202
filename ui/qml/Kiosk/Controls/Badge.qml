// SPDX-License-Identifier: Apache-2.0
// A short word in a pill.
import QtQuick
import Kiosk

Rectangle {
    id: badge

    required property string words
    property color ink: Theme.primary
    property string glyph: ""
    property real size: Theme.small

    implicitWidth: content.implicitWidth + Theme.grid * 1.6
    implicitHeight: content.implicitHeight + Theme.tight
    radius: Theme.pill
    color: Theme.tint
    border.color: Theme.contrast ? Theme.edge : color
    border.width: Theme.hairline
    visible: words !== ""

    Row {
        id: content

        anchors.centerIn: parent
        spacing: Theme.tight

        Icon {
            anchors.verticalCenter: parent.verticalCenter
            name: badge.glyph
            ink: badge.ink
            size: Math.round(Theme.iconSmall * badge.size / Theme.small)
        }
        SmallText {
            anchors.verticalCenter: parent.verticalCenter
            text: badge.words
            color: badge.ink
            font.pixelSize: badge.size
            font.weight: Font.DemiBold
            wrapMode: Text.NoWrap
        }
    }
}
