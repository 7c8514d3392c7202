// SPDX-License-Identifier: Apache-2.0
// One thing that is being done: done, now, next or failed, with icon and weight.
import QtQuick
import QtQuick.Layouts
import Kiosk

RowLayout {
    id: line

    required property string label
    required property string phase
    property bool last: false
    readonly property bool now: phase === "now"
    readonly property real disc: Theme.iconLarge * 0.9

    spacing: Theme.wide

    Item {
        Layout.preferredWidth: line.disc
        Layout.preferredHeight: line.disc + Theme.wide * 1.4
        Layout.alignment: Qt.AlignTop

        Rectangle {
            anchors.horizontalCenter: parent.horizontalCenter
            y: line.disc
            width: Theme.line
            height: parent.height - line.disc
            color: line.phase === "done" ? Theme.good : Theme.edge
            visible: !line.last
        }
        Rectangle {
            width: line.disc
            height: line.disc
            radius: height / 2
            color: line.phase === "done" ? Theme.goodTint : line.phase === "failed" ? Theme.wrongTint : line.now ? Theme.primary : Theme.surface
            border.width: Theme.line
            border.color: line.phase === "done" ? Theme.good : line.phase === "failed" ? Theme.wrong : line.now ? Theme.primary : Theme.edgeStrong

            Icon {
                anchors.centerIn: parent
                name: line.phase === "done" ? "check" : line.phase === "failed" ? "close" : line.now ? "hourglass" : ""
                ink: line.phase === "done" ? Theme.good : line.phase === "failed" ? Theme.wrong : Theme.primaryText
                size: line.disc * 0.6
            }
        }
    }
    StrongText {
        Layout.fillWidth: true
        Layout.alignment: Qt.AlignTop
        Layout.topMargin: Math.max(0, (line.disc - Theme.strong * 1.45) / 2)
        text: line.label
        font.weight: line.now ? Font.DemiBold : Font.Normal
        color: line.now ? Theme.primary : line.phase === "failed" ? Theme.wrong : line.phase === "done" ? Theme.text : Theme.quiet
    }
}
