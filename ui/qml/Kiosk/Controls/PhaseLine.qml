// SPDX-License-Identifier: Apache-2.0
// How far a way to be known is: show it, leave it there while it is read, being checked.
pragma ComponentBehavior: Bound

import QtQuick
import Kiosk

Column {
    id: phases

    required property string phase
    required property string way
    readonly property var order: orders[way] ?? ["waiting", "reading", "checking"]
    readonly property var orders: ({
            "code": ["waiting", "checking"],
            "face": ["waiting", "looking", "checking"]
        })
    readonly property int at: order.indexOf(way === "face" && phase === "reading" ? "waiting" : phase)

    Repeater {
        model: phases.order

        WorkLine {
            required property int index
            required property string modelData

            width: phases.width
            visible: !Theme.elder || index === phases.at
            label: Words.t("identity." + (phases.way || "id_card") + "." + modelData)
            phase: index < phases.at ? "done" : index === phases.at ? "now" : "next"
            last: Theme.elder || index === phases.order.length - 1
        }
    }
}
