// SPDX-License-Identifier: Apache-2.0
// A button of the footer: icon over word.
import QtQuick
import QtQuick.Templates as T
import Kiosk

T.AbstractButton {
    id: button

    required property string label
    required property string glyph
    property bool on: false
    property bool toggle: false
    property bool beside: false
    property color tone: Theme.text
    readonly property color inkColour: on ? Theme.primaryText : tone

    implicitWidth: Theme.touch
    implicitHeight: Theme.touch
    focusPolicy: Qt.StrongFocus
    Accessible.name: label
    Accessible.role: toggle ? Accessible.CheckBox : Accessible.Button
    Accessible.checked: on

    background: Rectangle {
        radius: Theme.radius
        color: button.on ? (button.pressed ? Theme.primaryPressed : Theme.primary) : button.pressed ? Theme.tintPressed : button.toggle ? Theme.surface : Theme.tint
        border.width: Theme.contrast || button.toggle ? Theme.hairline : 0
        border.color: Theme.edge

        FocusRing {
            shown: button.visualFocus
        }
    }
    contentItem: Item {
        Row {
            anchors.centerIn: parent
            spacing: Theme.tight
            visible: button.beside

            Icon {
                anchors.verticalCenter: parent.verticalCenter
                name: button.glyph
                ink: button.inkColour
                size: Theme.mm(Theme.elder ? 12 : 10)
            }
            SmallText {
                anchors.verticalCenter: parent.verticalCenter
                text: button.label
                color: button.inkColour
                font.weight: Font.DemiBold
                wrapMode: Text.NoWrap
            }
        }
        Column {
            anchors.centerIn: parent
            width: parent.width
            visible: !button.beside

            Icon {
                anchors.horizontalCenter: parent.horizontalCenter
                name: button.glyph
                ink: button.inkColour
                size: Theme.mm(Theme.elder ? 9 : 10)
            }
            SmallText {
                anchors.horizontalCenter: parent.horizontalCenter
                text: button.label
                color: button.inkColour
                font.weight: Font.DemiBold
                wrapMode: Text.NoWrap
                lineHeight: Theme.headingLine
            }
        }
    }
}
