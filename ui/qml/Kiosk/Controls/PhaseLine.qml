// SPDX-License-Identifier: Apache-2.0
// How far the reading of a card is: put it on, leave it there, being checked.
pragma ComponentBehavior: Bound

import QtQuick
import Kiosk

Column {
    id: phases

    required property string phase
    readonly property var order: ["waiting", "reading", "checking"]
    readonly property int at: order.indexOf(phase)

    Repeater {
        model: phases.order

        WorkLine {
            required property int index
            required property string modelData

            width: phases.width
            visible: !Theme.elder || index === phases.at
            label: Words.t("identity." + modelData)
            phase: index < phases.at ? "done" : index === phases.at ? "now" : "next"
            last: Theme.elder || index === phases.order.length - 1
        }
    }
}
