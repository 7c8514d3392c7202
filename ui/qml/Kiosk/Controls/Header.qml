// SPDX-License-Identifier: Apache-2.0
// Where am I, what time is it, is the machine connected. The same on every screen.
import QtQuick
import Hall24.Models
import Kiosk

Rectangle {
    id: header

    required property ShellModel shell
    property bool clear: false
    readonly property bool twoLines: Theme.elder && Theme.portrait
    // Badges that have not enough room for large letters take smaller ones, never below the usual size.
    readonly property int badges: (shell.simulated === "" ? 0 : 1) + (shell.linkText === "" ? 0 : 1)
    readonly property real room: (width - Theme.margin * 2) * (twoLines ? 1 : 0.64) - clock.implicitWidth - badges * (Theme.gap + Theme.grid * 1.6 + Theme.tight + Theme.iconSmall)
    readonly property real badgeSize: Math.max(Theme.mm(6.4), Math.floor(Theme.small * Math.min(1, room / Math.max(1, told.advanceWidth))))

    implicitHeight: Theme.headerHeight
    color: clear ? "transparent" : Theme.skyMiddle

    Rectangle {
        anchors.bottom: parent.bottom
        width: parent.width
        height: Theme.hairline
        color: Theme.skyEdge
        visible: Theme.contrast && !header.clear
    }

    Icon {
        id: mark

        x: Theme.margin
        anchors.verticalCenter: place.verticalCenter
        name: "place"
        ink: Theme.skyText
        size: Theme.icon
    }
    StrongText {
        id: place

        anchors.left: mark.right
        anchors.leftMargin: Theme.tight
        y: header.twoLines ? Theme.tight : (header.height - height) / 2
        width: (header.twoLines ? header.width - Theme.margin : facts.x - Theme.gap) - x
        text: header.shell.place
        color: Theme.skyText
        font.pixelSize: Theme.elder ? Math.max(Theme.mm(8), Math.min(Theme.small, Math.floor(Theme.strong * width / Math.max(1, measure.advanceWidth)))) : measure.advanceWidth > width ? Theme.small : Theme.strong
        lineHeight: Theme.headingLine
        elide: Text.ElideRight
        maximumLineCount: header.twoLines ? 1 : 3

        TextMetrics {
            id: measure

            font.family: Theme.family
            font.pixelSize: Theme.strong
            font.weight: Font.DemiBold
            text: header.shell.place
        }
    }
    // For staff: a long touch on the link while nobody is served. Residents meet it by no chance.
    MouseArea {
        objectName: "hold:terminal_info"
        anchors.fill: facts
        anchors.margins: -Theme.grid
        enabled: header.clear
        pressAndHoldInterval: Theme.staffHold
        onPressAndHold: header.shell.act("terminal_info")
    }
    TextMetrics {
        id: told

        font.family: Theme.family
        font.pixelSize: Theme.small
        font.weight: Font.DemiBold
        text: header.shell.simulated + header.shell.linkText
    }
    Row {
        id: facts

        anchors.right: parent.right
        anchors.rightMargin: Theme.margin
        y: header.twoLines ? header.height - height - Theme.grid : (header.height - height) / 2
        spacing: Theme.gap

        Badge {
            anchors.verticalCenter: parent.verticalCenter
            words: header.shell.simulated
            size: header.badgeSize
            ink: Theme.warning
            color: Theme.warningTint
            glyph: "wrench"
        }
        Badge {
            anchors.verticalCenter: parent.verticalCenter
            words: header.shell.linkText
            size: header.badgeSize
            ink: Theme.toneInk(header.shell.linkTone)
            color: Theme.toneTint(header.shell.linkTone)
            glyph: header.shell.linkTone === "good" ? "online" : "offline"
        }
        StrongText {
            id: clock

            anchors.verticalCenter: parent.verticalCenter
            text: header.shell.clock
            color: Theme.skyText
            wrapMode: Text.NoWrap
        }
    }
}
