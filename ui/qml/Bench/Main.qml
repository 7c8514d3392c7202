// SPDX-License-Identifier: Apache-2.0
// The tester's window: dark slate, so that nobody takes it for the terminal.
pragma ComponentBehavior: Bound

import QtQuick
import QtQuick.Controls.Basic
import QtQuick.Layouts
import Hall24.Bench

ApplicationWindow {
    id: window

    required property BenchPanelModel panel

    width: 560
    height: 860
    minimumWidth: 380
    minimumHeight: 420
    visible: true
    title: panel.title
    color: "#1E2630"

    font.family: "Noto Sans CJK SC"
    font.pixelSize: 15

    header: Rectangle {
        implicitHeight: heading.implicitHeight + 28
        color: "#141A21"

        ColumnLayout {
            id: heading

            anchors.left: parent.left
            anchors.right: parent.right
            anchors.verticalCenter: parent.verticalCenter
            anchors.margins: 18
            spacing: 2

            Text {
                text: window.panel.title
                color: "#FFFFFF"
                font.family: window.font.family
                font.pixelSize: 26
                font.weight: Font.DemiBold
            }
            Text {
                Layout.fillWidth: true
                text: window.panel.subtitle
                color: "#B9C6D6"
                font.family: window.font.family
                font.pixelSize: 14
                wrapMode: Text.Wrap
            }
        }
    }

    ListView {
        id: list

        anchors.fill: parent
        anchors.margins: 14
        clip: true
        spacing: 12
        model: window.panel.cards
        boundsBehavior: Flickable.StopAtBounds

        delegate: SlotCard {
            width: list.width
            onPressed: (slot, action, args) => window.panel.press(slot, action, args)
        }
        ScrollBar.vertical: ScrollBar {}
    }

    footer: Rectangle {
        implicitHeight: message.implicitHeight + 22
        color: window.panel.good ? "#12382A" : "#4A2A12"

        Text {
            id: message

            objectName: "bench:message"
            anchors.left: parent.left
            anchors.right: parent.right
            anchors.verticalCenter: parent.verticalCenter
            anchors.margins: 18
            text: (window.panel.good ? "✓  " : "!  ") + window.panel.message
            color: "#FFFFFF"
            font.family: window.font.family
            font.pixelSize: 15
            wrapMode: Text.Wrap
        }
    }
}
