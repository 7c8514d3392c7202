// SPDX-License-Identifier: Apache-2.0
// A question over everything: still there? leave? help. Nothing behind it can be pressed.
import QtQuick
import QtQuick.Layouts
import Hall24.Models
import Kiosk

Rectangle {
    id: sheet

    required property ShellModel shell
    readonly property var glyphs: ({
            "idle": "hourglass",
            "exit": "exit",
            "help": "headset",
            "skip_print": "printer",
            "terminal": "wrench",
            "supplies": "printer",
            "voice_silent": "voice"
        })
    readonly property bool counting: shell.overlaySeconds >= 0

    objectName: "overlay:" + shell.overlay
    color: Theme.scrim
    visible: shell.overlay !== ""

    // Takes every touch beside the card.
    MouseArea {
        anchors.fill: parent
    }

    Card {
        id: card

        anchors.horizontalCenter: parent.horizontalCenter
        y: Theme.low ? parent.height - height - Theme.margin : (parent.height - height) / 2
        width: Math.min(parent.width - Theme.margin, Theme.portrait ? Theme.sheetWidth + Theme.margin : Theme.sheetWidth * (Theme.elder ? 1.6 : 1.1))
        padding: Theme.margin
        edge: Theme.contrast ? Theme.edge : Theme.surface

        ColumnLayout {
            spacing: Theme.wide

            RowLayout {
                Layout.fillWidth: true
                spacing: Theme.wide

                Rectangle {
                    Layout.preferredWidth: Theme.iconLarge * 1.7
                    Layout.preferredHeight: Theme.iconLarge * 1.7
                    Layout.alignment: Qt.AlignTop
                    radius: width / 2
                    color: Theme.tint
                    border.color: Theme.contrast ? Theme.edge : color
                    border.width: Theme.hairline
                    visible: !(Theme.elder && Theme.portrait)

                    Icon {
                        anchors.centerIn: parent
                        name: sheet.glyphs[sheet.shell.overlay] ?? ""
                        ink: Theme.primary
                        size: Theme.iconLarge
                    }
                }
                ColumnLayout {
                    Layout.fillWidth: true
                    spacing: Theme.tight

                    HeadingText {
                        Layout.fillWidth: true
                        text: sheet.shell.overlayHeading
                    }
                    BodyText {
                        Layout.fillWidth: true
                        text: sheet.shell.overlayHelp
                        color: Theme.quiet
                    }
                }
            }

            Row {
                Layout.alignment: Qt.AlignHCenter
                spacing: Theme.grid
                visible: sheet.counting

                Text {
                    id: seconds

                    text: Math.max(0, sheet.shell.overlaySeconds)
                    color: Theme.primary
                    font.family: Theme.family
                    font.pixelSize: Theme.countdown
                    font.weight: Font.DemiBold
                    lineHeight: 0.85
                }
                StrongText {
                    anchors.baseline: seconds.baseline
                    text: Words.t("seconds")
                    color: Theme.quiet
                }
            }

            FactList {
                Layout.fillWidth: true
                rows: sheet.shell.overlayRows
                visible: rows.count > 0
            }

            ActionBar {
                Layout.fillWidth: true
                primary: sheet.shell.overlayPrimary
                secondary: sheet.shell.overlaySecondary
                stacked: Theme.elder && sheet.shell.overlayRows.count < 4
                single: Theme.elder && !Theme.portrait && sheet.shell.overlayRows.count > 3
                // Many facts leave no height for two rows of buttons.
                wide: Theme.portrait || sheet.shell.overlayRows.count > 3
                onAct: id => sheet.shell.act(id)
            }
        }
    }
}
