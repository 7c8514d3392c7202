// SPDX-License-Identifier: Apache-2.0
// What is being done right now, step by step.
pragma ComponentBehavior: Bound

import QtQuick
import Hall24.Models
import Kiosk

Page {
    id: screen

    required property WorkingModel model

    primary: model.primary
    secondary: model.secondary
    heading: model.heading
    help: model.help

    PagedColumn {
        anchors.fill: parent
        topic: screen.model.heading
        spacing: 0

        Card {
            width: parent.width
            padding: Theme.margin

            Column {
                id: lines

                Repeater {
                    id: repeater

                    model: screen.model.steps

                    WorkLine {
                        required property int index

                        width: lines.width
                        last: index === repeater.count - 1
                    }
                }
            }
        }
    }
}
