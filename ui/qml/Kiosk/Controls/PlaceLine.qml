// SPDX-License-Identifier: Apache-2.0
// An address or a telephone, with its sign and what it is.
import QtQuick
import QtQuick.Layouts
import Kiosk

RowLayout {
    id: line

    required property string label
    required property string value
    required property string glyph

    spacing: Theme.grid
    visible: value !== ""

    Icon {
        Layout.alignment: Theme.elder ? Qt.AlignTop : Qt.AlignVCenter
        name: line.glyph
        ink: Theme.primary
    }
    GridLayout {
        Layout.fillWidth: true
        columns: Theme.elder || !Theme.portrait ? 1 : 2
        columnSpacing: Theme.gap
        rowSpacing: 0

        SmallText {
            text: Theme.elder ? "" : line.label
        }
        BodyText {
            Layout.fillWidth: true
            text: line.value
            font.weight: Font.DemiBold
            font.pixelSize: Theme.elder ? Theme.small : Theme.body
        }
    }
}
