// SPDX-License-Identifier: Apache-2.0
// The papers: fetched by e-licence, scanned, or brought later.
pragma ComponentBehavior: Bound

import QtQuick
import Hall24.Models
import Kiosk

Page {
    id: screen

    required property MaterialsModel model

    primary: model.primary
    secondary: model.secondary
    heading: model.heading
    help: model.help

    PagedColumn {
        anchors.fill: parent
        topic: screen.model.heading

        Notice {
            width: parent.width
            words: screen.model.notice
            tone: "warning"
        }
        Repeater {
            model: screen.model.materials

            MaterialCard {
                width: parent?.width ?? 0
                shell: screen.shell
            }
        }
    }
}
