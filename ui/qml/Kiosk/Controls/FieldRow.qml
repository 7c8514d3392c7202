// SPDX-License-Identifier: Apache-2.0
// One question of a form: what is known, where from, and the way to change it. Choices stand open.
pragma ComponentBehavior: Bound

import QtQuick
import QtQuick.Layouts
import Hall24.Models
import Kiosk

ColumnLayout {
    id: field

    required property ShellModel shell
    required property string key
    required property string label
    required property string widget
    required property string shown
    required property string source
    required property bool locked
    required property string help
    required property string error
    required property bool mandatory
    required property Rows choices

    readonly property bool breakInside: true

    spacing: Theme.tight

    PressCard {
        id: line

        Layout.fillWidth: true
        objectName: "field:" + field.key
        visible: field.widget !== "choice"
        label: field.label
        Accessible.description: [field.shown === "" ? Words.t("form.empty") : field.shown, field.error].join(" ")
        enabled: !field.locked
        topPadding: Theme.grid
        bottomPadding: Theme.grid
        fill: Theme.surface
        onClicked: field.shell.edit(field.key)

        contentItem: RowLayout {
            spacing: Theme.grid

            ColumnLayout {
                Layout.fillWidth: true
                spacing: 0

                RowLayout {
                    spacing: Theme.grid

                    SmallText {
                        text: field.label
                        font.weight: Font.DemiBold
                    }
                    SmallText {
                        text: field.mandatory ? "" : Words.t("form.optional")
                        visible: text !== "" && !Theme.elder
                    }
                    Badge {
                        words: Theme.elder ? "" : field.source
                    }
                }
                StrongText {
                    Layout.fillWidth: true
                    text: field.shown === "" ? Words.t("form.empty") : field.shown
                    color: field.shown === "" ? Theme.quiet : Theme.text
                    font.weight: field.shown === "" ? Font.Normal : Font.DemiBold
                }
                SmallText {
                    text: Theme.elder ? field.source : ""
                }
            }
            Icon {
                name: field.locked ? "lock" : ""
                ink: Theme.quiet
                visible: field.locked
            }
            Badge {
                words: field.locked || Theme.elder ? "" : Words.t(field.shown === "" ? "form.fill" : "form.change")
                glyph: "pen"
            }
            Icon {
                name: "pen"
                ink: Theme.primary
                visible: Theme.elder && !field.locked
            }
        }
    }

    ColumnLayout {
        readonly property bool breakInside: true

        Layout.fillWidth: true
        visible: field.widget === "choice"
        spacing: Theme.grid

        GridLayout {
            readonly property bool keepWithNext: true

            columns: Theme.elder ? 1 : 2
            columnSpacing: Theme.gap
            rowSpacing: 0

            StrongText {
                text: field.label
            }
            BodyText {
                Layout.fillWidth: true
                text: field.help
                color: Theme.quiet
                visible: text !== "" && (!Theme.elder || Theme.portrait)
            }
        }
        GridLayout {
            readonly property bool breakInside: true

            Layout.fillWidth: true
            columns: Theme.elder && Theme.portrait ? 1 : Theme.portrait ? 2 : 3
            columnSpacing: Theme.gap
            rowSpacing: Theme.gap
            uniformCellWidths: true

            Repeater {
                model: field.choices

                ChoiceButton {
                    Layout.fillWidth: true
                    fieldKey: field.key
                    onChosen: value => field.shell.answer(field.key, value)
                }
            }
        }
    }

    Notice {
        Layout.fillWidth: true
        words: field.error
        tone: "wrong"
    }
}
