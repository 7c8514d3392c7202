// SPDX-License-Identifier: Apache-2.0
// One simulated device: its name, how it is, and a button for each thing that can be done to it.
pragma ComponentBehavior: Bound

import QtQuick
import QtQuick.Controls.Basic
import Hall24.Models

Rectangle {
    id: card

    required property string slot
    required property string title
    required property string facts
    required property Rows buttons

    signal pressed(string slot, string action, string args)

    implicitHeight: column.implicitHeight + 28
    radius: 8
    color: "#2A3542"

    Column {
        id: column

        anchors.left: parent.left
        anchors.right: parent.right
        anchors.top: parent.top
        anchors.margins: 14
        spacing: 10

        Text {
            width: parent.width
            text: card.title
            color: "#FFFFFF"
            font.family: "Noto Sans CJK SC"
            font.pixelSize: 18
            font.weight: Font.DemiBold
        }
        Text {
            width: parent.width
            visible: text !== ""
            text: card.facts
            color: "#C4D0DE"
            font.family: "Noto Sans CJK SC"
            font.pixelSize: 13
            wrapMode: Text.Wrap
        }
        Flow {
            width: parent.width
            spacing: 8

            Repeater {
                model: card.buttons

                delegate: Button {
                    id: button

                    required property string verb
                    required property string args
                    required property string label

                    objectName: "bench:" + card.slot + ":" + verb + (args === "" ? "" : ":" + args)
                    text: label
                    leftPadding: 14
                    rightPadding: 14
                    implicitHeight: 40
                    onClicked: card.pressed(card.slot, verb, args)

                    background: Rectangle {
                        radius: 6
                        color: button.down ? "#5A6D84" : button.hovered ? "#47586C" : "#3A4959"
                        border.width: button.visualFocus ? 2 : 1
                        border.color: button.visualFocus ? "#FFD54A" : "#5A6D84"
                    }
                    contentItem: Text {
                        text: button.text
                        color: "#FFFFFF"
                        font.family: "Noto Sans CJK SC"
                        font.pixelSize: 15
                        verticalAlignment: Text.AlignVCenter
                        horizontalAlignment: Text.AlignHCenter
                    }
                }
            }
        }
    }
}
