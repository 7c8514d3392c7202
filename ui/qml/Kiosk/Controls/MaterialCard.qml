// SPDX-License-Identifier: Apache-2.0
// One paper of the item: how it is settled, and the ways to settle it.
pragma ComponentBehavior: Bound

import QtQuick
import QtQuick.Layouts
import Hall24.Models
import Kiosk

Item {
    id: card

    required property ShellModel shell
    required property string code
    required property string name
    required property string phase
    required property string words
    required property string tone
    required property Rows actions
    readonly property bool beside: actions.count === 1 && !Theme.elder
    readonly property var glyphs: ({
            "open": "document",
            "licence": "licence",
            "scanned": "scan",
            "deferred": "later",
            "working": "hourglass"
        })

    readonly property bool breakInside: true

    objectName: "material:" + code
    implicitHeight: content.height + Theme.padding * 2
    height: implicitHeight

    CardFace {
        anchors.fill: parent
    }
    Column {
        id: content

        readonly property bool breakInside: true

        x: Theme.padding
        y: Theme.padding
        width: parent.width - x * 2
        spacing: Theme.gap

        RowLayout {
            readonly property bool keepWithNext: true

            width: parent.width
            spacing: Theme.padding

            Rectangle {
                Layout.preferredWidth: Theme.iconLarge * 1.35
                Layout.preferredHeight: Theme.iconLarge * 1.35
                Layout.alignment: Qt.AlignTop
                radius: Theme.radius
                visible: !Theme.elder
                color: Theme.toneTint(card.tone)
                border.width: Theme.contrast ? Theme.hairline : 0
                border.color: Theme.edge

                Icon {
                    anchors.centerIn: parent
                    name: card.glyphs[card.phase] ?? "document"
                    ink: Theme.toneInk(card.tone)
                    size: Theme.iconLarge * 0.85
                }
            }
            ColumnLayout {
                Layout.fillWidth: true
                spacing: Theme.mm(0.5)

                StrongText {
                    Layout.fillWidth: true
                    text: card.name
                }
                TruthLine {
                    Layout.fillWidth: true
                    words: card.words
                    tone: card.tone
                    visible: !Theme.elder
                }
            }
            Repeater {
                model: card.beside ? card.actions : null

                ActionButton {
                    Accessible.name: label + " " + card.name
                    onAct: id => card.shell.act(id)
                }
            }
        }
        TruthLine {
            width: parent.width
            words: card.words
            tone: card.tone
            visible: Theme.elder
        }
        GridLayout {
            readonly property bool breakInside: true

            width: parent.width
            columns: Theme.elder ? 1 : Math.min(3, Math.max(1, card.actions.count))
            columnSpacing: Theme.grid
            rowSpacing: Theme.grid
            visible: card.actions.count > 0 && !card.beside

            Repeater {
                model: card.beside ? null : card.actions

                ActionButton {
                    Layout.fillWidth: true
                    Layout.fillHeight: true
                    Layout.preferredWidth: 1
                    look: primary ? "quiet" : "secondary"
                    Accessible.name: label + " " + card.name
                    onAct: id => card.shell.act(id)
                }
            }
        }
    }
}
