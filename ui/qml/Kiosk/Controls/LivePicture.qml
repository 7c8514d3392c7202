// SPDX-License-Identifier: Apache-2.0
// What a camera sees just now, in a frame; words say so while nothing comes from it.
import QtQuick
import Hall24.Models
import Kiosk

Rectangle {
    id: picture

    property string place: ""
    property string token: ""
    property bool mirrored: false
    property string waiting: ""
    readonly property bool live: source.live

    implicitHeight: width * 3 / 4
    color: Theme.contrast ? Theme.page : Theme.tint
    radius: Theme.radius
    border.width: Theme.hairline
    border.color: Theme.edge

    LivePictureItem {
        id: source

        anchors.fill: parent
        anchors.margins: Theme.hairline
        place: picture.place
        token: picture.token
        mirrored: picture.mirrored
    }
    Column {
        anchors.centerIn: parent
        width: parent.width - Theme.margin * 2
        spacing: Theme.gap
        visible: !source.live

        Icon {
            anchors.horizontalCenter: parent.horizontalCenter
            name: "hourglass"
            ink: Theme.quiet
            size: Theme.iconLarge
        }
        BodyText {
            width: parent.width
            horizontalAlignment: Text.AlignHCenter
            text: Theme.elder ? "" : picture.waiting
        }
    }
}
