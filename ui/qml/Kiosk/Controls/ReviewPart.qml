// SPDX-License-Identifier: Apache-2.0
// One section of the review, with the way to change it: found by act:change:<id>.
import QtQuick
import QtQuick.Layouts
import Hall24.Models
import Kiosk

Item {
    id: part

    required property string sectionId
    required property string title
    required property bool changeable
    required property Rows rows
    readonly property bool breakInside: true

    signal change(string id)

    implicitHeight: content.height + Theme.tight * 2
    height: implicitHeight

    CardFace {
        anchors.fill: parent
    }
    Column {
        id: content

        readonly property bool breakInside: true

        x: Theme.padding
        y: Theme.tight
        width: parent.width - x * 2

        RowLayout {
            readonly property bool keepWithNext: true

            width: parent.width
            height: part.changeable ? Math.max(implicitHeight, Theme.touch) : implicitHeight
            spacing: Theme.gap

            StrongText {
                Layout.fillWidth: true
                text: part.title
                color: Theme.primary
            }
            BigButton {
                objectName: "act:change:" + part.sectionId
                label: Words.t("form.change")
                glyph: Theme.elder ? "" : "pen"
                look: "quiet"
                Accessible.name: label + " " + part.title
                visible: part.changeable
                onClicked: part.change(part.sectionId)
            }
        }
        FactList {
            width: parent.width
            rows: part.rows
        }
    }
}
