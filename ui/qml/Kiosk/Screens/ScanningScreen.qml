// SPDX-License-Identifier: Apache-2.0
// The pages of one paper: the live picture or the lit slot, and what was taken so far.
pragma ComponentBehavior: Bound

import QtQuick
import Hall24.Models
import Kiosk

Page {
    id: screen

    required property ScanningModel model

    primary: model.primary
    secondary: model.secondary
    heading: model.heading
    help: model.help

    PagedColumn {
        id: column

        anchors.fill: parent
        topic: screen.model.heading

        Notice {
            id: notice

            width: parent.width
            words: screen.model.notice
            tone: "warning"
        }
        LivePicture {
            anchors.horizontalCenter: parent?.horizontalCenter
            width: Math.min(parent.width, screen.height * (Theme.portrait ? 0.5 : Theme.elder ? 0.3 : 0.6))
            height: visible ? implicitHeight : 0
            visible: screen.model.livePlace !== ""
            place: screen.model.livePlace
            token: screen.model.liveToken
            waiting: screen.model.waiting
        }
        Item {
            width: parent.width
            // As large as there is room for beside the notice: half a machine shows no place.
            height: visible ? Math.min(Theme.drawing, column.height - notice.height - Theme.gap) : 0
            visible: screen.model.litSlot !== "" && screen.model.livePlace === ""

            MachineDrawing {
                anchors.fill: parent
                slot: screen.model.litSlot
            }
        }
        Repeater {
            model: screen.model.sheets

            SheetCard {
                width: parent?.width ?? 0
                shell: screen.shell
            }
        }
    }
}
