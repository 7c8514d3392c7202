// SPDX-License-Identifier: Apache-2.0
// The page's actions: one primary button, bottom right or full width; the others outlined before it.
// One of each stand side by side when both have room.
pragma ComponentBehavior: Bound

import QtQuick
import QtQuick.Layouts
import Hall24.Models
import Kiosk

GridLayout {
    id: bar

    required property Rows primary
    required property Rows secondary
    property bool stacked: Theme.elder || !Theme.portrait
    property bool wide: Theme.portrait
    // Two others and the main one in a single row, where the page has no height to spare.
    property bool single: false
    readonly property bool pair: primary.count === 1 && secondary.count === 1
    readonly property bool beside: pair && wide && otherWidth < width * 0.39 && mainWidth < width * 0.59
    property real otherWidth: 0
    property real mainWidth: 0
    readonly property bool empty: primary.count + secondary.count === 0

    signal act(string id)

    columns: 10
    columnSpacing: Theme.gap
    rowSpacing: Theme.gap
    uniformCellWidths: true
    visible: !empty

    Repeater {
        model: bar.secondary

        ActionButton {
            required property int index
            // An odd one is last and as wide as two: nothing stands alone in half a row.
            readonly property bool alone: index === bar.secondary.count - 1 && index % 2 === 0

            Layout.fillWidth: true
            Layout.fillHeight: true
            Layout.minimumHeight: bar.beside ? Theme.button : Theme.touch
            onImplicitWidthChanged: bar.otherWidth = implicitWidth
            Component.onCompleted: bar.otherWidth = implicitWidth
            Layout.columnSpan: bar.beside ? 4 : bar.single && bar.secondary.count === 2 ? 3 : bar.stacked || alone ? 10 : 5
            onAct: id => bar.act(id)
        }
    }
    Repeater {
        model: bar.primary

        ActionButton {
            Layout.fillWidth: true
            Layout.fillHeight: true
            onImplicitWidthChanged: bar.mainWidth = implicitWidth
            Component.onCompleted: bar.mainWidth = implicitWidth
            Layout.columnSpan: bar.beside ? 6 : bar.single && bar.secondary.count === 2 ? 4 : 10
            onAct: id => bar.act(id)
        }
    }
}
