// SPDX-License-Identifier: Apache-2.0
// A sentence with its tone: icon, words and colour together.
import QtQuick
import QtQuick.Layouts
import Kiosk

Rectangle {
    id: notice

    required property string words
    property string tone: "quiet"
    property string glyph: tone
    property bool strong: false
    readonly property color ink: Theme.toneInk(tone)

    implicitWidth: row.implicitWidth + Theme.padding * 2
    implicitHeight: row.implicitHeight + Theme.grid * 2
    radius: Theme.radius
    color: Theme.toneTint(tone)
    border.color: Theme.contrast ? Theme.edge : color
    border.width: Theme.line
    visible: words !== ""
    Accessible.name: words
    Accessible.role: Accessible.StaticText

    RowLayout {
        id: row

        anchors.verticalCenter: parent.verticalCenter
        anchors.left: parent.left
        anchors.right: parent.right
        anchors.leftMargin: Theme.padding
        anchors.rightMargin: Theme.padding
        spacing: Theme.grid

        Icon {
            Layout.alignment: Qt.AlignVCenter
            name: notice.glyph
            ink: notice.ink
            size: Theme.icon
        }
        BodyText {
            Layout.fillWidth: true
            text: notice.words
            color: notice.ink
            font.weight: notice.strong ? Font.DemiBold : Font.Normal
        }
    }
}
