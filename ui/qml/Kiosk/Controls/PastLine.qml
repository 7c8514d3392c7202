// SPDX-License-Identifier: Apache-2.0
// One thing that happened to a case, or comes: what and when.
import QtQuick
import QtQuick.Layouts
import Kiosk

RowLayout {
    id: line

    required property string label
    required property string words
    required property string phase
    readonly property bool now: phase === "now"

    spacing: Theme.grid

    Icon {
        Layout.alignment: Qt.AlignTop
        name: line.phase === "done" ? "good" : line.now ? "hourglass" : "clock"
        ink: line.phase === "done" ? Theme.good : line.now ? Theme.primary : Theme.quiet
        size: Theme.icon
    }
    GridLayout {
        Layout.fillWidth: true
        columns: Theme.elder ? 1 : 2
        columnSpacing: Theme.gap
        rowSpacing: 0

        BodyText {
            Layout.fillWidth: true
            Layout.preferredWidth: 1
            text: line.label
            color: line.now ? Theme.primary : line.phase === "done" ? Theme.text : Theme.quiet
            font.weight: line.now ? Font.DemiBold : Font.Normal
        }
        BodyText {
            Layout.fillWidth: true
            Layout.preferredWidth: 1
            text: line.words
            color: Theme.quiet
            visible: text !== ""
        }
    }
}
