// SPDX-License-Identifier: Apache-2.0
// One way to prove who one is: found by act:way:<id>.
import QtQuick
import QtQuick.Layouts
import Kiosk

PressCard {
    id: card

    required property string wayId
    required label
    required property string help
    required property string glyph
    required property bool available
    required property string reason

    objectName: "act:way:" + wayId
    enabled: available
    Accessible.description: help
    topPadding: Theme.padding * 1.2
    bottomPadding: Theme.padding * 1.2

    contentItem: Item {
        implicitHeight: row.implicitHeight

        RowLayout {
            id: row

            anchors.verticalCenter: parent.verticalCenter
            width: parent.width
            spacing: Theme.padding

            Rectangle {
                Layout.preferredWidth: Theme.iconLarge * 1.5
                Layout.preferredHeight: Theme.iconLarge * 1.5
                radius: width / 2
                color: Theme.tint
                border.width: Theme.contrast ? Theme.hairline : 0
                border.color: Theme.edge

                Icon {
                    anchors.centerIn: parent
                    name: card.glyph
                    ink: card.available ? Theme.primary : Theme.disabledText
                    size: Theme.iconLarge * 0.9
                }
            }
            ColumnLayout {
                Layout.fillWidth: true
                spacing: Theme.mm(0.5)

                StrongText {
                    Layout.fillWidth: true
                    text: card.label
                    color: card.available ? Theme.text : Theme.disabledText
                }
                BodyText {
                    Layout.fillWidth: true
                    text: card.available ? card.help : card.reason
                    color: card.available ? Theme.quiet : Theme.warning
                }
            }
            Icon {
                name: card.available ? "next" : "lock"
                ink: card.available ? Theme.primary : Theme.disabledText
                visible: card.available
            }
        }
    }
}
