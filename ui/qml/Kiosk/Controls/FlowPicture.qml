// SPDX-License-Identifier: Apache-2.0
// The way of a matter as a picture: numbered stops on a line; in large text one under the other.
pragma ComponentBehavior: Bound

import QtQuick
import Kiosk

Grid {
    id: flow

    required property var steps
    property bool upright: Theme.elder
    readonly property real disc: Theme.iconLarge * 0.9
    readonly property bool breakInside: true

    columns: upright ? 1 : Math.max(1, steps.length)
    visible: steps.length > 0

    Repeater {
        model: flow.steps

        Item {
            id: stop

            required property int index
            required property string modelData

            width: flow.upright ? flow.width : flow.width / flow.steps.length
            height: flow.upright ? Math.max(flow.disc, words.height) + Theme.grid * (Theme.low ? 1 : 2) : flow.disc + Theme.tight + words.height

            Rectangle {
                x: flow.upright ? disc.x + disc.width / 2 : (flow.disc - parent.width) / 2
                y: flow.upright ? flow.disc - parent.height : flow.disc / 2
                width: flow.upright ? Theme.line : parent.width - flow.disc
                height: flow.upright ? parent.height - flow.disc : Theme.line
                color: Theme.primary
                visible: stop.index > 0
            }
            Rectangle {
                id: disc

                x: flow.upright ? 0 : (parent.width - width) / 2
                width: flow.disc
                height: flow.disc
                radius: height / 2
                color: Theme.tint
                border.color: Theme.primary
                border.width: Theme.line

                BodyText {
                    anchors.centerIn: parent
                    text: stop.index + 1
                    color: Theme.primary
                    font.weight: Font.DemiBold
                    font.pixelSize: disc.height * 0.5
                }
            }
            BodyText {
                id: words

                x: flow.upright ? flow.disc + Theme.grid : Theme.tight
                y: flow.upright ? (flow.disc - Theme.body * 1.45) / 2 : flow.disc + Theme.tight
                width: parent.width - x - (flow.upright ? 0 : Theme.tight)
                horizontalAlignment: flow.upright ? Text.AlignLeft : Text.AlignHCenter
                text: stop.modelData
                lineHeight: Theme.headingLine
            }
        }
    }
}
