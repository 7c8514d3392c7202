// SPDX-License-Identifier: Apache-2.0
// A QR code on white, in every mode. It is not kept after it was shown: it belongs to a resident.
import QtQuick
import Kiosk

Rectangle {
    id: code

    property string content: ""
    property real size: Theme.qr

    implicitWidth: size
    implicitHeight: size
    color: Theme.paper
    radius: Theme.tight
    visible: content !== ""

    Image {
        anchors.centerIn: parent
        cache: false
        smooth: false
        sourceSize: Qt.size(code.size, code.size)
        source: code.content === "" ? "" : "image://qr/" + encodeURIComponent(code.content)
    }
}
