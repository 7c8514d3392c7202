// SPDX-License-Identifier: Apache-2.0
// What happened, what it means for you, what you can do now.
import QtQuick
import QtQuick.Layouts
import Hall24.Models
import Kiosk

Page {
    id: screen

    required property TroubleModel model

    primary: model.primary
    secondary: model.secondary
    heading: model.heading
    glyph: "warning"
    tone: "warning"

    PagedColumn {
        anchors.fill: parent
        topic: screen.model.heading
        spacing: Theme.wide

        Card {
            width: parent.width
            padding: Theme.margin * 0.8

            ColumnLayout {
                StrongText {
                    Layout.fillWidth: true
                    text: screen.model.meaning
                    font.weight: Font.Normal
                }
            }
        }
        Card {
            width: parent.width
            padding: Theme.margin * 0.8
            fill: Theme.goodTint
            edge: Theme.contrast ? Theme.edge : Theme.goodTint
            visible: screen.model.keptNumber !== ""

            RowLayout {
                spacing: Theme.padding

                Icon {
                    name: "good"
                    ink: Theme.good
                    size: Theme.iconLarge
                }
                ColumnLayout {
                    Layout.fillWidth: true
                    spacing: 0

                    BodyText {
                        Layout.fillWidth: true
                        text: Words.t("trouble.number")
                        color: Theme.good
                    }
                    Text {
                        Layout.fillWidth: true
                        objectName: "number"
                        text: screen.model.keptNumber
                        color: Theme.text
                        font.family: Theme.family
                        font.pixelSize: Theme.big
                        font.weight: Font.DemiBold
                        fontSizeMode: Text.HorizontalFit
                        minimumPixelSize: Theme.body
                        textFormat: Text.PlainText
                    }
                }
            }
        }
        SmallText {
            width: parent.width
            text: screen.model.smallPrint === "" ? "" : Words.fill("trouble.small", {
                "code": screen.model.smallPrint
            })
        }
    }
}
