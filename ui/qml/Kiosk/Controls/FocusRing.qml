// SPDX-License-Identifier: Apache-2.0
// Where the keypad is.
import QtQuick
import Kiosk

Rectangle {
    property bool shown: false

    anchors.fill: parent
    anchors.margins: -Theme.focusRing * 1.5
    visible: shown
    color: "transparent"
    radius: Theme.radius + Theme.focusRing * 1.5
    border.color: Theme.focus
    border.width: Theme.focusRing
}
