// SPDX-License-Identifier: Apache-2.0
// Where the keypad is: a ring with a bright edge, so that it stands out on every ground.
import QtQuick
import Kiosk

Rectangle {
    id: ring

    property bool shown: false
    property real distance: Theme.focusRing * 1.5

    anchors.fill: parent
    anchors.margins: -distance
    visible: shown
    color: "transparent"
    radius: Theme.radius + distance
    border.color: Theme.focusEdge
    border.width: Theme.focusRing + Theme.line

    Rectangle {
        anchors.fill: parent
        anchors.margins: Theme.line / 2
        color: "transparent"
        radius: ring.radius
        border.color: Theme.focus
        border.width: Theme.focusRing
    }
}
