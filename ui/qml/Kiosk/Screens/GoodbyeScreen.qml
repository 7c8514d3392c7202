// SPDX-License-Identifier: Apache-2.0
// Three things to take: card, paper, phone.
import QtQuick
import QtQuick.Layouts
import Hall24.Models
import Kiosk

Page {
    id: screen

    required property GoodbyeModel model

    primary: model.primary
    secondary: model.secondary
    heading: model.heading
    help: model.help

    ColumnLayout {
        anchors.fill: parent
        spacing: Theme.gap

        GridLayout {
            Layout.fillWidth: true
            Layout.fillHeight: true
            columns: (Theme.portrait && !Theme.low) || Theme.elder ? 1 : 3
            columnSpacing: Theme.gap
            rowSpacing: Theme.gap
            uniformCellWidths: true
            uniformCellHeights: true

            Repeater {
                model: screen.model.reminders

                ReminderCard {
                    Layout.fillWidth: true
                    Layout.fillHeight: true
                }
            }
        }
        BodyText {
            Layout.alignment: Qt.AlignHCenter
            text: Words.fill("goodbye.left", {
                "seconds": screen.model.secondsLeft
            })
            color: Theme.quiet
        }
    }
}
