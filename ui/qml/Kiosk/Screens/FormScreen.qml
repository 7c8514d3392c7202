// SPDX-License-Identifier: Apache-2.0
// One group of questions; while one is being written it stands alone with its pad.
pragma ComponentBehavior: Bound

import QtQuick
import Hall24.Models
import Kiosk

Item {
    id: screen

    required property ShellModel shell
    required property FormModel model
    readonly property bool writing: model.editingKey !== ""

    Page {
        anchors.fill: parent
        visible: !screen.writing
        shell: screen.shell
        primary: screen.model.primary
        secondary: screen.model.secondary
        heading: screen.model.heading
        help: screen.model.help

        PagedColumn {
            anchors.fill: parent
            topic: screen.model.heading + screen.model.page
            spacing: Theme.wide * 0.8

            Notice {
                width: parent.width
                words: screen.model.notice
                tone: "warning"
            }
            Repeater {
                model: screen.model.fields

                FieldRow {
                    width: parent?.width ?? 0
                    shell: screen.shell
                }
            }
        }
    }

    Repeater {
        model: screen.model.fields

        Loader {
            id: entry

            required property string key
            required property string label
            required property string widget
            required property string value
            required property string help
            required property string example
            required property string error

            anchors.fill: parent
            anchors.leftMargin: Theme.margin
            anchors.rightMargin: Theme.margin
            anchors.topMargin: Theme.mm(Theme.portrait ? 9 : 6)
            anchors.bottomMargin: anchors.topMargin
            active: screen.model.editingKey === key
            visible: active

            sourceComponent: FieldEditor {
                shell: screen.shell
                key: entry.key
                label: entry.label
                widget: entry.widget
                value: entry.value
                help: entry.help
                example: entry.example
                error: entry.error
            }
        }
    }
}
