// SPDX-License-Identifier: Apache-2.0
// Something under a number: the number huge, where it stands, what happened, what comes, its papers.
pragma ComponentBehavior: Bound

import QtQuick
import QtQuick.Layouts
import Hall24.Models
import Kiosk

Page {
    id: screen

    required property RecordModel model

    primary: model.primary
    secondary: model.secondary
    heading: model.heading
    glyph: model.tone === "quiet" ? "hourglass" : model.tone
    tone: model.tone
    asideShown: model.litSlot !== ""
    aside: MachineDrawing {
        slot: screen.model.litSlot
    }

    PagedColumn {
        anchors.fill: parent
        topic: screen.model.recordNumber

        Card {
            width: parent.width
            fill: Theme.toneTint(screen.model.tone)
            edge: Theme.contrast ? Theme.edge : Theme.toneTint(screen.model.tone)

            RowLayout {
                spacing: Theme.wide

                ColumnLayout {
                    Layout.fillWidth: true
                    spacing: 0

                    BodyText {
                        Layout.fillWidth: true
                        text: screen.model.numberLabel
                        color: Theme.toneInk(screen.model.tone)
                    }
                    Text {
                        Layout.fillWidth: true
                        objectName: "number"
                        text: screen.model.recordNumber
                        color: Theme.text
                        font.family: Theme.family
                        font.pixelSize: Theme.big
                        font.weight: Font.DemiBold
                        fontSizeMode: Text.HorizontalFit
                        minimumPixelSize: Theme.body
                        textFormat: Text.PlainText
                    }
                }
                CodeWithHelp {
                    content: screen.model.qr
                    help: screen.model.qrHelp
                    visible: screen.model.qr !== "" && !Theme.elder
                }
            }
        }
        Card {
            width: parent.width
            visible: screen.model.qr !== "" && Theme.elder

            CodeWithHelp {
                content: screen.model.qr
                help: screen.model.qrHelp
            }
        }
        GridLayout {
            readonly property bool breakInside: Theme.portrait || Theme.elder

            width: parent.width
            columns: Theme.portrait || Theme.elder ? 1 : 2
            columnSpacing: Theme.gap
            rowSpacing: Theme.gap
            uniformCellWidths: true

            Card {
                readonly property bool breakInside: Theme.elder

                Layout.fillWidth: true
                Layout.alignment: Qt.AlignTop
                topPadding: Theme.tight
                bottomPadding: Theme.tight
                visible: screen.model.facts.count > 0

                FactList {
                    rows: screen.model.facts
                }
            }
            Column {
                Layout.fillWidth: true
                Layout.alignment: Qt.AlignTop
                spacing: Theme.grid
                visible: screen.model.nextSteps.length > 0

                StrongText {
                    text: Words.t("receipt.next")
                }
                Repeater {
                    model: screen.model.nextSteps

                    NumberedLine {
                        required property int index
                        required property string modelData

                        width: parent?.width ?? 0
                        number: index + 1
                        words: modelData
                    }
                }
            }
        }
        Column {
            readonly property bool breakInside: true

            width: parent.width
            spacing: Theme.grid
            visible: screen.model.papers.count > 0

            Repeater {
                model: screen.model.papers

                PaperLine {
                    width: parent?.width ?? 0
                }
            }
        }
        Card {
            width: parent.width
            visible: screen.model.history.count > 0

            Column {
                spacing: Theme.grid

                Repeater {
                    model: screen.model.history

                    PastLine {
                        width: parent?.width ?? 0
                    }
                }
            }
        }
    }
}
