// SPDX-License-Identifier: Apache-2.0
// A QR code and what it is good for.
import QtQuick
import QtQuick.Layouts
import Kiosk

ColumnLayout {
    id: code

    required property string content
    required property string help

    spacing: Theme.tight

    QrImage {
        Layout.alignment: Qt.AlignHCenter
        content: code.content
    }
    SmallText {
        Layout.alignment: Qt.AlignHCenter
        Layout.maximumWidth: Theme.elder && Theme.portrait ? Number.POSITIVE_INFINITY : Theme.qr * 1.2
        text: code.help
        horizontalAlignment: Text.AlignHCenter
    }
}
