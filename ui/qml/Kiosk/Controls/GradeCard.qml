// SPDX-License-Identifier: Apache-2.0
// One grade: a face and a word. Found by act:grade:<n>.
import QtQuick
import Kiosk

PressCard {
    id: card

    required property int value
    required label
    required property string glyph
    required property bool selected
    property bool across: false

    objectName: "act:grade:" + value
    marked: selected
    topPadding: Theme.grid
    bottomPadding: Theme.grid

    contentItem: Item {
        implicitHeight: grid.implicitHeight

        Grid {
            id: grid

            anchors.verticalCenter: parent.verticalCenter
            x: card.across ? (parent.width - width) / 2 : Theme.grid
            columns: card.across ? 1 : 2
            columnSpacing: Theme.margin
            rowSpacing: Theme.gap
            horizontalItemAlignment: Grid.AlignHCenter
            verticalItemAlignment: Grid.AlignVCenter

            Icon {
                name: card.glyph
                ink: Theme.primary
                size: card.across ? Theme.iconHuge : Theme.iconLarge * 1.35
            }
            StrongText {
                text: card.label
            }
        }
    }
}
