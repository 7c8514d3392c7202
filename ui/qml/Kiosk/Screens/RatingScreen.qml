// SPDX-License-Identifier: Apache-2.0
// Five faces, nothing preselected, one touch.
pragma ComponentBehavior: Bound

import QtQuick
import Hall24.Models
import Kiosk

Page {
    id: screen

    required property RatingModel model

    primary: model.primary
    secondary: model.secondary
    heading: model.heading
    help: model.help

    PagedColumn {
        anchors.fill: parent
        spacing: Theme.grid

        Grid {
            id: grid

            readonly property bool breakInside: true
            readonly property bool across: !Theme.portrait && !Theme.elder
            readonly property real cell: across ? (width - spacing * 4) / 5 : width

            width: parent.width
            columns: across ? 5 : 1
            spacing: Theme.grid

            Repeater {
                model: screen.model.grades

                GradeCard {
                    width: grid.cell
                    height: grid.across ? Theme.mm(90) : Theme.low || Theme.elder ? implicitHeight : Theme.mm(46)
                    across: grid.across
                    onClicked: screen.shell.act("grade:" + value)
                }
            }
        }
    }
}
