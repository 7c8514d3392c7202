// SPDX-License-Identifier: Apache-2.0
// Card, paper or phone; what is still in the machine stands out, with words.
import QtQuick
import Kiosk

Item {
    id: card

    required property string reminderId
    required property string label
    required property string glyph
    required property bool urgent
    readonly property bool flat: (Theme.portrait && !Theme.low) || Theme.elder

    implicitHeight: Theme.mm(Theme.elder ? 30 : 40)

    CardFace {
        anchors.fill: parent
        fill: card.urgent ? Theme.warningTint : Theme.surface
        edge: card.urgent ? Theme.warning : Theme.edge
        edgeWidth: card.urgent ? Theme.line * 1.5 : Theme.hairline
    }
    Grid {
        anchors.verticalCenter: parent.verticalCenter
        x: card.flat ? Theme.margin * (Theme.elder && !Theme.portrait ? 0.5 : 1.5) : (parent.width - width) / 2
        columns: card.flat ? 2 : 1
        columnSpacing: Theme.margin
        rowSpacing: Theme.gap
        horizontalItemAlignment: Grid.AlignHCenter
        verticalItemAlignment: Grid.AlignVCenter

        Rectangle {
            width: Math.min(Theme.iconHuge * 1.7, card.height * 0.66)
            height: width
            radius: width / 2
            color: card.urgent ? Theme.surface : Theme.tint
            border.width: Theme.contrast ? Theme.hairline : 0
            border.color: Theme.edge

            Icon {
                anchors.centerIn: parent
                name: card.glyph
                ink: card.urgent ? Theme.warning : Theme.primary
                size: parent.width * 0.58
            }
        }
        Grid {
            columns: Theme.elder && !Theme.portrait ? 2 : 1
            columnSpacing: Theme.wide
            rowSpacing: Theme.tight
            horizontalItemAlignment: card.flat ? Grid.AlignLeft : Grid.AlignHCenter
            verticalItemAlignment: Grid.AlignVCenter

            HeadingText {
                width: Math.min(implicitWidth, card.width - (card.flat ? Theme.iconHuge * 2.6 + Theme.margin : Theme.padding))
                horizontalAlignment: card.flat ? Text.AlignLeft : Text.AlignHCenter
                text: card.label
            }
            TruthLine {
                words: Words.t("still_inside")
                tone: "warning"
                visible: card.urgent
            }
        }
    }
}
