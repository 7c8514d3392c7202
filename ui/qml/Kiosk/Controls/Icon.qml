// SPDX-License-Identifier: Apache-2.0
// One drawing of the set, in one colour.
import QtQuick
import Kiosk

Item {
    id: icon

    property string name: ""
    property color ink: Theme.text
    property real size: Theme.icon

    implicitWidth: name === "" ? 0 : size
    implicitHeight: name === "" ? 0 : size

    Image {
        anchors.centerIn: parent
        width: icon.size
        height: icon.size
        source: icon.name === "" ? "" : "image://icon/" + icon.name + "/" + Theme.rgb(icon.ink)
        sourceSize: Qt.size(icon.size, icon.size)
        smooth: false
    }
}
