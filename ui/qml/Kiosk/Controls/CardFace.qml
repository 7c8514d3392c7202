// SPDX-License-Identifier: Apache-2.0
// The face of a card: one soft shadow of two thin layers (the software renderer knows no blur), one edge.
import QtQuick
import Kiosk

Item {
    id: face

    property color fill: Theme.surface
    property color edge: Theme.edge
    property real edgeWidth: Theme.hairline
    property real radius: Theme.radius
    property bool shadow: true

    z: -1

    Rectangle {
        anchors.fill: parent
        anchors.margins: -Theme.hairline
        anchors.topMargin: Theme.tight
        anchors.bottomMargin: -Theme.tight
        radius: face.radius + Theme.hairline
        color: Theme.shadowFar
        visible: face.shadow
    }
    Rectangle {
        anchors.fill: parent
        anchors.topMargin: Theme.hairline
        anchors.bottomMargin: -Theme.hairline * 2
        radius: face.radius
        color: Theme.shadowNear
        visible: face.shadow
    }
    Rectangle {
        anchors.fill: parent
        radius: face.radius
        color: face.fill
        border.color: face.edge
        border.width: face.edgeWidth
    }
}
