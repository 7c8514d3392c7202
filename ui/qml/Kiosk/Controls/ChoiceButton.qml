// SPDX-License-Identifier: Apache-2.0
// One answer of a question: a ring, filled when chosen.
import QtQuick
import QtQuick.Layouts
import Kiosk

PressCard {
    id: choice

    required property string fieldKey
    required property string value
    required label
    required property bool selected

    signal chosen(string value)

    objectName: "choice:" + fieldKey + ":" + value
    marked: selected
    Accessible.role: Accessible.RadioButton
    Accessible.checkable: true
    Accessible.checked: selected
    topPadding: Theme.grid
    bottomPadding: Theme.grid
    implicitHeight: Math.max(Theme.touch, implicitContentHeight + topPadding + bottomPadding)
    onClicked: choice.chosen(choice.value)

    contentItem: RowLayout {
        spacing: Theme.grid

        Rectangle {
            Layout.preferredWidth: Theme.icon
            Layout.preferredHeight: Theme.icon
            radius: width / 2
            color: choice.selected ? Theme.primary : Theme.surface
            border.width: Theme.line
            border.color: choice.selected ? Theme.primary : Theme.edgeStrong

            Icon {
                anchors.centerIn: parent
                name: "check"
                ink: Theme.primaryText
                size: parent.width * 0.75
                visible: choice.selected
            }
        }
        BodyText {
            Layout.fillWidth: true
            text: choice.label
            font.weight: choice.selected ? Font.DemiBold : Font.Normal
            color: choice.selected ? Theme.primary : Theme.text
        }
    }
}
