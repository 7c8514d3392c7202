// SPDX-License-Identifier: Apache-2.0
// Where a paper is on its way, in words and with a sign.
import QtQuick
import QtQuick.Layouts
import Kiosk

Rectangle {
    id: line

    required property string label
    required property string phase
    required property string words
    required property string tone
    readonly property color inkColour: Theme.toneInk(tone)
    readonly property var glyphs: ({
            "none": "paper",
            "offered": "printer",
            "printing": "hourglass",
            "done": "good",
            "not_done": "wrong",
            "unknown": "unknown"
        })

    implicitHeight: row.implicitHeight + Theme.grid * 2
    radius: Theme.radius
    color: Theme.toneTint(tone)
    border.color: Theme.contrast ? Theme.edge : color
    border.width: Theme.line

    RowLayout {
        id: row

        anchors.verticalCenter: parent.verticalCenter
        x: Theme.padding
        width: parent.width - x * 2
        spacing: Theme.grid

        Icon {
            name: line.glyphs[line.phase] ?? "paper"
            ink: line.inkColour
            Layout.alignment: Theme.elder ? Qt.AlignTop : Qt.AlignVCenter
        }
        GridLayout {
            Layout.fillWidth: true
            columns: Theme.elder ? 1 : 2
            columnSpacing: Theme.gap
            rowSpacing: 0

            BodyText {
                text: line.label
                color: line.inkColour
                font.weight: Font.DemiBold
            }
            BodyText {
                Layout.fillWidth: true
                text: line.words
                color: line.inkColour
            }
        }
    }
}
