// SPDX-License-Identifier: Apache-2.0
// A date as eight digits in three boxes, typed on the number pad; `digits` is YYYYMMDD, as far as typed.
pragma ComponentBehavior: Bound

import QtQuick
import QtQuick.Layouts
import Kiosk

RowLayout {
    id: boxes

    property string digits: ""
    readonly property var parts: [digits.slice(0, 4), digits.slice(4, 6), digits.slice(6, 8)]
    readonly property int active: digits.length < 4 ? 0 : digits.length < 6 ? 1 : 2

    spacing: Theme.grid

    Repeater {
        model: ["year", "month", "day"]

        GridLayout {
            id: part

            required property int index
            required property string modelData

            columns: Theme.elder ? 1 : 2
            columnSpacing: Theme.tight
            rowSpacing: 0

            Rectangle {
                Layout.row: Theme.elder ? 1 : 0
                Layout.preferredWidth: Theme.heading * (part.index === 0 ? 3.2 : 2)
                Layout.preferredHeight: Theme.elder ? Theme.touch : Theme.button
                radius: Theme.radius
                color: Theme.surface
                border.color: part.index === boxes.active ? Theme.primary : Theme.edgeStrong
                border.width: part.index === boxes.active ? Theme.line * 1.5 : Theme.hairline

                HeadingText {
                    anchors.centerIn: parent
                    text: boxes.parts[part.index]
                }
            }
            BodyText {
                text: Words.t("date." + part.modelData)
                color: Theme.quiet
            }
        }
    }
    Item {
        Layout.fillWidth: true
    }
}
