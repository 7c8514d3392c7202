// SPDX-License-Identifier: Apache-2.0
// One of several things to choose: found by act:choose:<id>.
import QtQuick
import QtQuick.Layouts
import Kiosk

PressCard {
    id: card

    required property string optionId
    required label
    required property string detail
    required property string glyph
    required property string status
    required property string tone
    required property bool available
    property bool compact: false
    readonly property color ink: available ? Theme.text : Theme.disabledText

    objectName: "act:choose:" + optionId
    enabled: available
    topPadding: compact ? Theme.grid : Theme.padding
    bottomPadding: topPadding

    contentItem: Item {
        implicitHeight: row.implicitHeight

        RowLayout {
            id: row

            anchors.verticalCenter: parent.verticalCenter
            width: parent.width
            spacing: Theme.padding

            Rectangle {
                Layout.preferredWidth: Theme.iconLarge * 1.35
                Layout.preferredHeight: Layout.preferredWidth
                radius: Theme.radius
                color: Theme.tint
                border.width: Theme.contrast ? Theme.hairline : 0
                border.color: Theme.edge
                visible: card.glyph !== "" && !Theme.elder && !card.compact

                Icon {
                    anchors.centerIn: parent
                    name: card.glyph
                    ink: card.available ? Theme.primary : Theme.disabledText
                    size: parent.width * 0.63
                }
            }
            ColumnLayout {
                Layout.fillWidth: true
                spacing: Theme.mm(0.5)

                StrongText {
                    Layout.fillWidth: true
                    text: card.label
                    color: card.ink
                }
                BodyText {
                    Layout.fillWidth: true
                    text: card.detail
                    color: card.available ? Theme.quiet : Theme.disabledText
                    visible: text !== ""
                }
                RowLayout {
                    Layout.fillWidth: true
                    spacing: Theme.tight
                    visible: card.status !== ""

                    Icon {
                        name: card.tone === "quiet" ? "clock" : card.tone
                        ink: Theme.toneInk(card.tone)
                        size: Theme.iconSmall
                    }
                    SmallText {
                        Layout.fillWidth: true
                        text: card.status
                        color: Theme.toneInk(card.tone)
                        font.weight: Font.DemiBold
                    }
                }
            }
            Icon {
                name: "next"
                ink: Theme.primary
                visible: card.available && !card.compact
            }
        }
    }
}
