// SPDX-License-Identifier: Apache-2.0
// The first screen while the program behind it is still coming up: nothing here needs it. A touch is
// answered at once and kept.
import QtQuick
import Kiosk

Item {
    id: opening

    required property var words
    property bool wanted: false

    Rectangle {
        anchors.fill: parent
        color: Theme.surface
    }
    Sky {
        width: parent.width
        height: parent.height - foot.height
        water: welcome.water
        late: true
    }
    Welcome {
        id: welcome

        anchors.fill: parent
        anchors.topMargin: Theme.headerHeight
        anchors.bottomMargin: foot.height
        headline: opening.words["opening.headline"] ?? ""
        invitation: opening.words[opening.wanted ? "opening.coming" : "opening.invitation"] ?? ""
        checking: opening.words["opening.checking"] ?? ""
        onClicked: opening.wanted = true
    }
    Item {
        id: foot

        anchors.bottom: parent.bottom
        width: parent.width
        // As high as the footer that takes its place.
        height: Theme.footerCell + Theme.grid * (Theme.portrait ? 2 : 1)
    }
}
