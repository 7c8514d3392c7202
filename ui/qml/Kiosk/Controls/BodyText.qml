// SPDX-License-Identifier: Apache-2.0
import QtQuick
import Kiosk

Text {
    color: Theme.text
    font.family: Theme.family
    font.pixelSize: Theme.body
    font.weight: Font.Normal
    font.features: ({
            "tnum": 1
        })
    textFormat: Text.PlainText
    wrapMode: Text.Wrap
    visible: text !== ""
}
