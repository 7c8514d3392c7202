// SPDX-License-Identifier: Apache-2.0
// Nothing can be done here now, honestly, and where else it can.
import QtQuick
import QtQuick.Layouts
import Hall24.Models
import Kiosk

Item {
    id: screen

    required property ShellModel shell
    required property OutOfServiceModel model

    Card {
        anchors.horizontalCenter: parent.horizontalCenter
        anchors.top: parent.top
        anchors.topMargin: Theme.portrait && !Theme.elder ? screen.height * 0.12 : Theme.margin
        width: Math.min(parent.width - Theme.margin * 2, Theme.mm(Theme.elder ? 400 : 300))
        padding: Theme.margin
        edge: Theme.surface

        ColumnLayout {
            spacing: Theme.wide

            RowLayout {
                Layout.fillWidth: true
                spacing: Theme.padding

                Icon {
                    name: "wrench"
                    ink: Theme.warning
                    size: Theme.iconLarge * 1.2
                }
                HeadingText {
                    Layout.fillWidth: true
                    text: screen.model.heading
                }
            }
            BodyText {
                Layout.fillWidth: true
                text: screen.model.reason
                font.pixelSize: Theme.strong
            }
            Rectangle {
                Layout.fillWidth: true
                Layout.preferredHeight: Theme.hairline
                color: Theme.edge
            }
            PlaceLine {
                Layout.fillWidth: true
                label: Words.t("attract.nearest")
                value: screen.model.nearest
                glyph: "place"
            }
            PlaceLine {
                Layout.fillWidth: true
                label: Words.t("attract.phone")
                value: screen.model.phone
                glyph: "phone"
            }
            SmallText {
                Layout.fillWidth: true
                text: screen.model.smallPrint === "" ? "" : Words.fill("trouble.small", {
                    "code": screen.model.smallPrint
                })
            }
        }
    }
}
