// SPDX-License-Identifier: Apache-2.0
// One block of the guide: sign, question, answer.
import QtQuick
import QtQuick.Layouts
import Kiosk

Item {
    id: line

    required property int index
    required property string title
    required property string words
    required property string glyph

    implicitHeight: row.implicitHeight + Theme.grid * (Theme.elder || !Theme.portrait || Theme.low ? 1.8 : 3.4)

    Rectangle {
        width: parent.width
        height: Theme.hairline
        color: Theme.edge
        visible: line.index > 0
    }
    RowLayout {
        id: row

        anchors.verticalCenter: parent.verticalCenter
        width: parent.width
        spacing: Theme.padding

        Icon {
            name: line.glyph
            ink: Theme.primary
            size: Theme.icon * 1.2
            Layout.alignment: Theme.elder ? Qt.AlignTop : Qt.AlignVCenter
        }
        GridLayout {
            Layout.fillWidth: true
            columns: Theme.elder ? 1 : 2
            columnSpacing: Theme.padding
            rowSpacing: 0

            BodyText {
                Layout.preferredWidth: Theme.mm(44)
                Layout.fillWidth: Theme.elder
                Layout.alignment: Qt.AlignTop
                text: line.title
                color: Theme.quiet
                font.pixelSize: Theme.elder ? Theme.small : Theme.body
            }
            BodyText {
                Layout.fillWidth: true
                text: line.words
                font.weight: Font.DemiBold
            }
        }
    }
}
