// SPDX-License-Identifier: Apache-2.0
import QtQuick
import QtQuick.Controls.Basic

Window {
    width: 1080
    height: 1920
    color: "#F4F6F9"

    Column {
        anchors.centerIn: parent
        spacing: 40

        Text {
            text: "政务服务自助终端"
            font.pixelSize: 64
        }
        Button {
            text: "点一下屏幕，开始办理"
            font.pixelSize: 40
        }
    }
}
