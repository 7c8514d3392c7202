// SPDX-License-Identifier: Apache-2.0
// One of the life situations: found by situation:<code>.
import QtQuick
import QtQuick.Layouts
import Kiosk

PressCard {
    id: card

    required property string code
    required label
    required property string glyph
    required property int count
    required property bool selected

    objectName: "situation:" + code
    marked: selected
    padding: Theme.grid

    contentItem: Item {
        implicitHeight: row.implicitHeight

        RowLayout {
            id: row

            anchors.verticalCenter: parent.verticalCenter
            width: parent.width
            spacing: Theme.grid

            Rectangle {
                Layout.preferredWidth: Theme.iconLarge * 1.15
                Layout.preferredHeight: Theme.iconLarge * 1.15
                radius: Theme.radius
                color: card.selected ? Theme.primary : Theme.tint
                border.width: Theme.contrast ? Theme.hairline : 0
                border.color: Theme.edge

                Icon {
                    anchors.centerIn: parent
                    name: card.glyph
                    ink: card.selected ? Theme.primaryText : Theme.primary
                    size: Theme.iconLarge * 0.75
                }
            }
            ColumnLayout {
                Layout.fillWidth: true
                spacing: 0

                BodyText {
                    Layout.fillWidth: true
                    text: card.label
                    font.weight: Font.DemiBold
                    lineHeight: Theme.headingLine
                }
                SmallText {
                    Layout.fillWidth: true
                    text: Words.fill("items", {
                        "count": card.count
                    })
                    visible: !Theme.elder
                }
            }
        }
    }
}
