// SPDX-License-Identifier: Apache-2.0
// The quiet picture: night sky over the old city wall, its tower and the river.
import QtQuick
import Kiosk

Rectangle {
    id: sky

    // How much of the height, from below, is water; the city stands on its shore.
    property real water: 0
    // Whether the city may come a frame later than the rest.
    property bool late: false

    gradient: Gradient {
        GradientStop {
            position: 0
            color: Theme.skyTop
        }
        GradientStop {
            position: 0.55
            color: Theme.skyMiddle
        }
        GradientStop {
            position: 1
            color: Theme.skyBottom
        }
    }
    clip: true

    // A long panorama; the tower stands in the middle of a tall glass and on the left of a wide one.
    Image {
        readonly property real span: Theme.portrait ? sky.width / 1080 : sky.width / 1920
        readonly property real tower: Theme.portrait ? sky.width / 2 : sky.width * 0.34

        x: tower - 1315 * span
        anchors.bottom: river.top
        sourceSize: Qt.size(2600 * span, 560 * span)
        asynchronous: sky.late
        source: Theme.picture ? Qt.resolvedUrl("../pictures/city.svg") : ""
        visible: Theme.picture
    }
    Rectangle {
        id: river

        anchors.bottom: parent.bottom
        width: parent.width
        height: sky.water
        color: Theme.river
    }
}
