// SPDX-License-Identifier: Apache-2.0
// A place in the footer that keeps its size when its button is not there.
import QtQuick
import QtQuick.Layouts

Item {
    id: place

    default property alias content: holder.data
    property bool shown: true
    property real slotWidth: 0

    Layout.fillWidth: slotWidth === 0
    Layout.fillHeight: true
    Layout.preferredWidth: slotWidth === 0 ? 1 : slotWidth

    Item {
        id: holder

        anchors.fill: parent
        visible: place.shown
    }
}
