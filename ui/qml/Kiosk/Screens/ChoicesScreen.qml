// SPDX-License-Identifier: Apache-2.0
// Choose one of several: services, cases, days, hours.
pragma ComponentBehavior: Bound

import QtQuick
import QtQuick.Layouts
import Hall24.Models
import Kiosk

Page {
    id: screen

    required property ChoicesModel model
    readonly property bool waiting: model.litSlot !== ""

    primary: model.primary
    secondary: model.secondary
    heading: model.heading
    help: model.help

    Card {
        id: drawing

        anchors.fill: parent
        anchors.bottomMargin: notice.visible ? notice.height + Theme.gap : 0
        visible: screen.waiting

        Item {
            MachineDrawing {
                anchors.fill: parent
                slot: screen.model.litSlot
            }
        }
    }
    Notice {
        id: notice

        anchors.bottom: parent.bottom
        width: parent.width
        words: screen.waiting ? screen.model.notice : ""
        tone: screen.model.noticeTone
        strong: true
    }

    PagedColumn {
        anchors.fill: parent
        // Another question, or another part of the list: begin at its top.
        topic: screen.model.heading + screen.model.page
        visible: !screen.waiting

        Card {
            readonly property bool breakInside: Theme.elder

            width: parent.width
            topPadding: Theme.tight
            bottomPadding: Theme.tight
            // Large letters leave room for the choices, not for what was chosen.
            visible: screen.model.facts.count > 0 && !(Theme.elder && screen.model.compact)

            FactList {
                rows: screen.model.facts
            }
        }
        Notice {
            width: parent.width
            words: screen.model.notice
            tone: screen.model.noticeTone
        }
        Grid {
            id: grid

            readonly property bool breakInside: true
            readonly property real cell: (width - columnSpacing * (columns - 1)) / columns

            width: parent.width
            columns: screen.model.compact ? (Theme.elder ? (Theme.portrait ? 1 : 2) : Theme.portrait ? 2 : 3) : Theme.portrait || Theme.elder || screen.model.options.count < 3 ? 1 : 2
            columnSpacing: Theme.gap
            rowSpacing: Theme.gap

            Repeater {
                model: screen.model.options

                OptionCard {
                    width: grid.cell
                    height: Math.max(implicitHeight, Theme.touch)
                    compact: screen.model.compact
                    onClicked: screen.shell.act("choose:" + optionId)
                }
            }
        }
        RowLayout {
            width: parent.width
            spacing: Theme.gap
            visible: screen.model.pages > 1

            BigButton {
                Layout.fillWidth: true
                Layout.preferredWidth: 1
                objectName: "act:page:previous"
                label: Words.t("previous")
                glyph: Theme.elder ? "" : "previous"
                enabled: screen.model.page > 1
                onClicked: screen.shell.act("page:previous")
            }
            StrongText {
                text: screen.model.page + " / " + screen.model.pages
                color: Theme.quiet
            }
            BigButton {
                Layout.fillWidth: true
                Layout.preferredWidth: 1
                objectName: "act:page:next"
                label: Words.t("next")
                glyph: Theme.elder ? "" : "next"
                enabled: screen.model.page < screen.model.pages
                onClicked: screen.shell.act("page:next")
            }
        }
    }
}
