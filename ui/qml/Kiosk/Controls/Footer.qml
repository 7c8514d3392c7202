// SPDX-License-Identifier: Apache-2.0
// Identical on every screen: back, the modes, help, leave. A place without a button stays empty, so
// that nothing ever moves.
import QtQuick
import QtQuick.Layouts
import Hall24.Models
import Kiosk

Rectangle {
    id: footer

    required property ShellModel shell
    readonly property bool twoRows: Theme.elder && Theme.portrait

    implicitHeight: grid.implicitHeight + Theme.grid * (Theme.portrait ? 2 : 1)
    color: Theme.surface

    Rectangle {
        width: parent.width
        height: Theme.hairline
        color: Theme.edge
    }

    GridLayout {
        id: grid

        readonly property real cell: Theme.footerCell

        anchors.verticalCenter: parent.verticalCenter
        x: Theme.margin / (Theme.portrait ? 2 : 1)
        width: parent.width - x * 2
        columns: footer.twoRows ? 1 : 2
        rowSpacing: Theme.gap
        columnSpacing: Theme.wide

        RowLayout {
            id: ways

            Layout.fillWidth: footer.twoRows
            Layout.row: footer.twoRows ? 1 : 0
            Layout.column: 0
            Layout.preferredHeight: grid.cell
            spacing: Theme.gap
            uniformCellSizes: footer.twoRows

            FooterSlot {
                shown: footer.shell.canBack
                slotWidth: footer.twoRows ? 0 : Theme.mm(Theme.portrait ? 34 : 52)

                FooterButton {
                    objectName: "back"
                    anchors.fill: parent
                    label: Words.t("back")
                    glyph: "back"
                    tone: Theme.primary
                    beside: !Theme.portrait || footer.twoRows
                    onClicked: footer.shell.back()
                }
            }
            FooterSlot {
                shown: true
                visible: footer.twoRows
                slotWidth: 0

                FooterButton {
                    objectName: footer.twoRows ? "help" : ""
                    anchors.fill: parent
                    label: Words.t("help")
                    glyph: "headset"
                    tone: Theme.primary
                    beside: true
                    onClicked: footer.shell.help()
                }
            }
            FooterSlot {
                shown: footer.shell.canExit
                visible: footer.twoRows
                slotWidth: 0

                FooterButton {
                    objectName: footer.twoRows ? "exit" : ""
                    anchors.fill: parent
                    label: Words.t("exit")
                    glyph: "exit"
                    tone: Theme.wrong
                    beside: true
                    onClicked: footer.shell.exit()
                }
            }
        }

        RowLayout {
            Layout.fillWidth: true
            Layout.row: 0
            Layout.column: footer.twoRows ? 0 : 1
            Layout.preferredHeight: grid.cell
            spacing: Theme.portrait && !Theme.elder ? Theme.grid : Theme.gap

            ModeButton {
                shell: footer.shell
                mode: "elder"
                glyph: "large"
                on: footer.shell.elder
            }
            ModeButton {
                shell: footer.shell
                mode: "contrast"
                glyph: "contrast"
                on: footer.shell.contrast
            }
            ModeButton {
                shell: footer.shell
                mode: "low"
                glyph: "low"
                on: footer.shell.low
            }
            ModeButton {
                shell: footer.shell
                mode: "english"
                glyph: "english"
                on: false
                target: footer.shell.language !== "en"
            }
            ModeButton {
                shell: footer.shell
                mode: "voice"
                glyph: "voice"
                on: footer.shell.voice
            }
            Item {
                Layout.preferredWidth: Theme.tight
                visible: !footer.twoRows
            }
            FooterSlot {
                shown: true
                visible: !footer.twoRows
                slotWidth: Theme.mm(Theme.portrait ? 26 : Theme.elder ? 58 : 44)

                FooterButton {
                    objectName: footer.twoRows ? "" : "help"
                    anchors.fill: parent
                    label: Words.t("help")
                    glyph: "headset"
                    tone: Theme.primary
                    beside: !Theme.portrait
                    onClicked: footer.shell.help()
                }
            }
            FooterSlot {
                shown: footer.shell.canExit
                visible: !footer.twoRows
                slotWidth: Theme.mm(Theme.portrait ? 26 : Theme.elder ? 58 : 44)

                FooterButton {
                    objectName: footer.twoRows ? "" : "exit"
                    anchors.fill: parent
                    label: Words.t("exit")
                    glyph: "exit"
                    tone: Theme.wrong
                    beside: !Theme.portrait
                    onClicked: footer.shell.exit()
                }
            }
        }
    }
}
