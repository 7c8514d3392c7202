// SPDX-License-Identifier: Apache-2.0
// Prove who you are: choose a way, then do what the drawing of the machine shows.
pragma ComponentBehavior: Bound

import QtQuick
import QtQuick.Layouts
import Hall24.Models
import Kiosk

Page {
    id: screen

    required property IdentityModel model
    readonly property bool showing: model.phase === "looking" && model.livePlace !== ""
    readonly property bool choosing: model.phase === "choose"

    primary: model.primary
    secondary: model.secondary
    heading: model.heading
    help: model.help

    PagedColumn {
        anchors.fill: parent
        visible: screen.choosing

        // All ways are to be seen at once: none is better for standing on the first page.
        Grid {
            id: grid

            readonly property bool breakInside: true

            width: parent.width
            columns: Theme.portrait || Theme.elder ? 1 : 2
            spacing: Theme.gap

            Repeater {
                model: screen.choosing ? screen.model.ways : null

                WayCard {
                    width: (grid.width - grid.spacing * (grid.columns - 1)) / grid.columns
                    onClicked: screen.shell.act("way:" + wayId)
                }
            }
        }
    }

    GridLayout {
        anchors.fill: parent
        columns: Theme.portrait && !Theme.low ? 1 : 2
        rowSpacing: Theme.wide
        columnSpacing: Theme.margin
        visible: !screen.choosing

        Card {
            Layout.fillWidth: true
            Layout.fillHeight: true
            Layout.preferredHeight: 10
            Layout.preferredWidth: Theme.elder && !Theme.portrait ? 5 : 10

            Item {
                MachineDrawing {
                    anchors.fill: parent
                    slot: screen.model.litSlot
                    visible: !screen.showing
                }
                LivePicture {
                    anchors.fill: parent
                    place: screen.model.livePlace
                    token: screen.model.liveToken
                    mirrored: true
                    waiting: screen.model.help
                    visible: screen.showing
                }
            }
        }
        ColumnLayout {
            Layout.fillWidth: true
            Layout.preferredWidth: 8
            Layout.alignment: Qt.AlignVCenter
            spacing: Theme.gap

            PhaseLine {
                Layout.fillWidth: true
                phase: screen.model.phase
                way: screen.model.way
                visible: screen.model.phase !== "trouble" && screen.model.phase !== "looking"
            }
            Notice {
                Layout.fillWidth: true
                words: screen.model.hint
                tone: screen.model.hintTone
                glyph: tone === "good" ? tone : "camera"
                strong: true
            }
            Notice {
                Layout.fillWidth: true
                words: screen.model.caveat
                tone: "warning"
            }
            Notice {
                Layout.fillWidth: true
                words: screen.model.trouble
                tone: "warning"
                strong: true
            }
        }
    }
}
