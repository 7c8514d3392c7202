// SPDX-License-Identifier: Apache-2.0
// One of the residents' services on home: found by service:<id>.
import QtQuick
import QtQuick.Layouts
import Kiosk

PressCard {
    id: card

    required property string optionId
    required label
    required property string glyph
    required property string status
    required property bool available

    objectName: "service:" + optionId
    enabled: available
    fill: Theme.tint
    padding: Theme.grid
    topPadding: Theme.tight
    bottomPadding: Theme.tight

    contentItem: RowLayout {
        spacing: Theme.grid

        Icon {
            name: card.glyph
            ink: card.available ? Theme.primary : Theme.disabledText
            size: Theme.iconLarge * 0.9
        }
        ColumnLayout {
            Layout.fillWidth: true
            spacing: 0

            BodyText {
                Layout.fillWidth: true
                text: card.label
                color: card.available ? Theme.primary : Theme.disabledText
                font.weight: Font.DemiBold
                lineHeight: Theme.headingLine
                maximumLineCount: 2
                elide: Text.ElideRight
            }
            SmallText {
                Layout.fillWidth: true
                text: card.status
                color: Theme.warning
                visible: !card.available
                maximumLineCount: 2
                elide: Text.ElideRight
            }
        }
    }
}
