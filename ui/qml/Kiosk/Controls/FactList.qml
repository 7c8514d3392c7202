// SPDX-License-Identifier: Apache-2.0
// Label and value, one under the other, aligned.
pragma ComponentBehavior: Bound

import QtQuick
import Hall24.Models
import Kiosk

Column {
    id: list

    required property Rows rows
    readonly property bool breakInside: true
    property real labelShare: 0.32
    readonly property bool upright: Theme.elder && Theme.portrait

    Repeater {
        model: list.rows

        Item {
            id: fact

            required property int index
            required property string label
            required property string value

            width: list.width
            height: grid.height + Theme.grid

            Rectangle {
                width: parent.width
                height: Theme.hairline
                color: Theme.edge
                visible: fact.index > 0
            }
            Grid {
                id: grid

                anchors.verticalCenter: parent.verticalCenter
                width: parent.width
                columns: list.upright ? 1 : 2
                columnSpacing: Theme.gap

                BodyText {
                    width: list.upright ? grid.width : grid.width * list.labelShare - Theme.gap
                    text: fact.label
                    color: Theme.quiet
                    font.pixelSize: Theme.elder ? Theme.small : Theme.body
                }
                BodyText {
                    width: list.upright ? grid.width : grid.width * (1 - list.labelShare)
                    text: fact.value
                    font.weight: Font.DemiBold
                }
            }
        }
    }
}
