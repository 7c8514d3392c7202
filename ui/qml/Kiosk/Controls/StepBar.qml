// SPDX-License-Identifier: Apache-2.0
// The way through an item: at most five steps, the done ones ticked.
pragma ComponentBehavior: Bound

import QtQuick
import Hall24.Models
import Kiosk

Rectangle {
    id: bar

    required property Rows steps
    readonly property real slot: (width - Theme.margin * 2) / Math.max(1, steps.count)
    readonly property real disc: Theme.mm(9)
    readonly property bool beside: !Theme.portrait
    property int at: 0
    property string nowLabel: ""

    implicitHeight: Theme.stepsHeight
    color: Theme.surface
    visible: steps.count > 0

    Rectangle {
        anchors.bottom: parent.bottom
        width: parent.width
        height: Theme.hairline
        color: Theme.edge
    }

    StrongText {
        id: words

        x: Theme.margin
        y: Theme.portrait ? Theme.tight : 0
        width: parent.width - x * 2
        text: Words.fill("step", {
            "step": bar.at + 1,
            "steps": bar.steps.count
        }) + "  " + bar.nowLabel
        color: Theme.primary
        visible: Theme.elder
        font.pixelSize: Theme.portrait ? Theme.strong : Theme.small
        fontSizeMode: Text.HorizontalFit
        minimumPixelSize: Theme.small
        wrapMode: Text.NoWrap
    }

    Repeater {
        model: bar.steps

        Item {
            id: step

            required property int index
            required property string label
            required property string phase
            readonly property bool now: phase === "now"
            readonly property bool past: phase === "done"

            x: Theme.margin + index * bar.slot
            width: bar.slot
            height: bar.height

            Binding {
                target: bar
                property: "at"
                value: step.index
                when: step.now
                restoreMode: Binding.RestoreNone
            }
            Binding {
                target: bar
                property: "nowLabel"
                value: step.label
                when: step.now
                restoreMode: Binding.RestoreNone
            }

            // Large text: one bar for each step.
            Rectangle {
                visible: Theme.elder
                x: Theme.tight / 2
                width: parent.width - Theme.tight
                y: parent.height - height - Theme.tight
                height: Theme.tight
                radius: height / 2
                color: step.past || step.now ? Theme.primary : Theme.surface
                border.color: step.past || step.now ? Theme.primary : Theme.edgeStrong
                border.width: Theme.hairline
            }

            // The way from the step before; it runs behind the words, so it stops short of them.
            Rectangle {
                visible: step.index > 0 && !Theme.elder
                x: bar.beside ? -bar.slot + Theme.tight + bar.disc + Theme.mm(28) : -bar.slot / 2 + bar.disc
                width: (bar.beside ? 0 : -bar.disc + bar.slot / 2) - x
                y: disc.y + (disc.height - height) / 2
                height: Theme.line
                color: step.past || step.now ? Theme.primary : Theme.edge
            }
            Rectangle {
                id: disc

                x: bar.beside ? Theme.tight : (parent.width - width) / 2
                y: bar.beside ? (parent.height - height) / 2 : Theme.mm(3.5)
                width: bar.disc
                height: bar.disc
                radius: height / 2
                visible: !Theme.elder
                color: step.now || step.past ? Theme.primary : Theme.surface
                border.width: Theme.line
                border.color: step.now || step.past ? Theme.primary : Theme.edgeStrong

                Icon {
                    anchors.centerIn: parent
                    name: "check"
                    ink: Theme.primaryText
                    size: bar.disc * 0.75
                    visible: step.past
                }
                SmallText {
                    anchors.centerIn: parent
                    text: step.index + 1
                    visible: !step.past
                    font.pixelSize: bar.disc * 0.6
                    font.weight: Font.DemiBold
                    color: step.now ? Theme.primaryText : Theme.quiet
                }
            }
            SmallText {
                x: bar.beside ? disc.x + disc.width + Theme.tight : 0
                y: bar.beside ? (parent.height - height) / 2 : disc.y + disc.height + Theme.mm(0.5)
                width: bar.beside ? Theme.mm(26) : parent.width
                horizontalAlignment: bar.beside ? Text.AlignLeft : Text.AlignHCenter
                text: step.label
                visible: !Theme.elder
                color: step.now ? Theme.primary : Theme.quiet
                font.weight: step.now ? Font.DemiBold : Font.Normal
                fontSizeMode: Text.HorizontalFit
                minimumPixelSize: Theme.mm(5)
                wrapMode: Text.NoWrap
            }
        }
    }
}
