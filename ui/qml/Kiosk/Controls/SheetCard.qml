// SPDX-License-Identifier: Apache-2.0
// One page that was taken: small, with what can be done about it.
pragma ComponentBehavior: Bound

import QtQuick
import QtQuick.Layouts
import Hall24.Models
import Kiosk

Item {
    id: card

    required property ShellModel shell
    required property string label
    required property string picture
    required property Rows actions

    implicitHeight: content.implicitHeight + Theme.padding * 2
    height: implicitHeight

    CardFace {
        anchors.fill: parent
    }
    GridLayout {
        id: content

        x: Theme.padding
        y: Theme.padding
        width: parent.width - x * 2
        columns: Theme.elder ? 1 : 3
        columnSpacing: Theme.padding
        rowSpacing: Theme.grid

        Rectangle {
            // A card lies across, a page stands.
            readonly property bool across: taken.implicitWidth > taken.implicitHeight

            Layout.preferredWidth: Theme.mm(across ? 38 : 24)
            Layout.preferredHeight: Theme.mm(across ? 24 : 30)
            color: Theme.paper
            border.width: Theme.hairline
            border.color: Theme.edge

            Icon {
                anchors.centerIn: parent
                name: "document"
                ink: Theme.paperQuiet
                size: Theme.iconLarge
                visible: card.picture === ""
            }
            Image {
                id: taken

                anchors.fill: parent
                anchors.margins: Theme.hairline
                cache: false
                fillMode: Image.PreserveAspectFit
                source: card.picture
            }
        }
        StrongText {
            Layout.fillWidth: true
            Layout.minimumWidth: implicitWidth
            text: card.label
        }
        GridLayout {
            columns: Theme.elder ? 1 : 3
            columnSpacing: Theme.grid
            rowSpacing: Theme.grid
            Layout.fillWidth: Theme.elder

            Repeater {
                model: card.actions

                ActionButton {
                    Layout.fillWidth: Theme.elder
                    look: "secondary"
                    Accessible.name: label + " " + card.label
                    onAct: id => card.shell.act(id)
                }
            }
        }
    }
}
