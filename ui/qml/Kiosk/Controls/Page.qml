// SPDX-License-Identifier: Apache-2.0
// One heading, one sentence of help, the content, the actions. On a wide glass the actions (and the
// picture) stand in a column on the right.
import QtQuick
import Hall24.Models
import Kiosk

Item {
    id: page

    required property ShellModel shell
    required property Rows primary
    required property Rows secondary
    property string heading: ""
    property string help: ""
    property string glyph: ""
    property string tone: "quiet"
    property Component aside: null
    property bool asideShown: false
    default property alias content: holder.data
    readonly property bool hasSide: !Theme.portrait && (!bar.empty || asideShown)
    readonly property real side: hasSide ? Theme.sideWidth : 0
    readonly property real room: width - Theme.margin * 2 - (hasSide ? side + Theme.margin : 0)
    readonly property real edge: Theme.portrait ? Theme.mm(Theme.low ? 6 : 9) : Theme.mm(6)

    Row {
        id: top

        x: Theme.margin
        y: page.edge
        width: page.room
        spacing: Theme.grid

        Icon {
            id: sign

            name: page.glyph
            ink: Theme.toneInk(page.tone)
            size: Theme.iconLarge
            visible: page.glyph !== ""
        }
        Column {
            width: parent.width - (sign.visible ? sign.width + parent.spacing : 0)
            y: sign.visible ? Math.max(0, (sign.height - height) / 2) : 0
            spacing: Theme.mm(1.5)

            HeadingText {
                objectName: "heading"
                width: parent.width
                text: page.heading
            }
            BodyText {
                width: parent.width
                text: page.help
                color: Theme.quiet
            }
        }
    }

    Item {
        id: holder

        x: Theme.margin
        width: page.room
        anchors.top: top.bottom
        anchors.topMargin: page.edge * 0.8
        anchors.bottom: Theme.portrait && !bar.empty ? bar.top : parent.bottom
        anchors.bottomMargin: Theme.portrait && !bar.empty ? Theme.wide * 0.8 : page.edge
    }

    Loader {
        x: page.width - Theme.margin - page.side
        y: page.edge
        width: page.side
        height: bar.y - y - Theme.gap
        active: page.asideShown && !Theme.portrait
        visible: active
        sourceComponent: page.aside
    }

    ActionBar {
        id: bar

        x: Theme.portrait ? Theme.margin : page.width - Theme.margin - page.side
        width: Theme.portrait ? page.room : page.side
        anchors.bottom: parent.bottom
        anchors.bottomMargin: page.edge
        primary: page.primary
        secondary: page.secondary
        onAct: id => page.shell.act(id)
    }
}
