// SPDX-License-Identifier: Apache-2.0
// A question and its answer, with a sign; a line parts it from the one above.
import QtQuick
import QtQuick.Layouts
import Kiosk

Item {
    id: entry

    required property string glyph
    required property string label
    required property string words
    property bool first: false

    implicitHeight: row.implicitHeight + Theme.grid * (Theme.elder ? 1.6 : Theme.portrait && !Theme.low ? 4 : 2.4)
    height: implicitHeight

    Rectangle {
        width: parent.width
        height: Theme.hairline
        color: Theme.edge
        visible: !entry.first
    }
    RowLayout {
        id: row

        anchors.verticalCenter: parent.verticalCenter
        width: parent.width
        spacing: Theme.padding

        Rectangle {
            Layout.preferredWidth: Theme.iconLarge * 1.2
            Layout.preferredHeight: Theme.iconLarge * 1.2
            Layout.alignment: Theme.elder ? Qt.AlignTop : Qt.AlignVCenter
            radius: width / 2
            visible: !Theme.elder || !Theme.portrait
            color: Theme.tint
            border.width: Theme.contrast ? Theme.hairline : 0
            border.color: Theme.edge

            Icon {
                anchors.centerIn: parent
                name: entry.glyph
                ink: Theme.primary
                size: Theme.iconLarge * 0.7
            }
        }
        ColumnLayout {
            Layout.fillWidth: true
            spacing: Theme.mm(0.5)

            SmallText {
                Layout.fillWidth: true
                text: entry.label
            }
            StrongText {
                Layout.fillWidth: true
                text: entry.words
            }
        }
    }
}
