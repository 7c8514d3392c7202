// SPDX-License-Identifier: Apache-2.0
// This machine, drawn, with the slot in use lit. `slot` is the role of the device.
pragma ComponentBehavior: Bound

import QtQuick
import Kiosk

Item {
    id: drawing

    property string slot: ""
    property string hint: ""
    readonly property real u: Math.min(width / 100, height / 130)
    readonly property var places: ({
            "camera": [46, 4, 8, 5],
            "id_card": [63, 78, 24, 15],
            "smart_card": [63, 78, 24, 15],
            "code_scanner": [40, 79, 18, 13],
            "receipt_printer": [13, 79, 22, 6],
            "page_printer": [26, 106, 48, 7],
            "document_scanner": [13, 88, 22, 5]
        })
    readonly property var place: places[slot] ?? [0, 0, 0, 0]

    implicitWidth: Theme.drawing
    implicitHeight: Theme.drawing * 1.3

    component Part: Rectangle {
        property var at: [0, 0, 0, 0]
        property string role: ""
        readonly property bool isLit: role !== "" && role === drawing.slot

        x: at[0] * drawing.u
        y: at[1] * drawing.u
        width: at[2] * drawing.u
        height: at[3] * drawing.u
        radius: 1.5 * drawing.u
        color: isLit ? Theme.lit : Theme.surface
        border.color: isLit ? Theme.lit : Theme.machineDark
        border.width: Theme.line
    }

    Item {
        anchors.horizontalCenter: parent.horizontalCenter
        width: 100 * drawing.u
        height: 130 * drawing.u

        // foot, body, head
        Part {
            at: [18, 122, 64, 6]
            color: Theme.machineDark
        }
        Part {
            at: [8, 70, 84, 54]
            color: Theme.machine
            radius: 4 * drawing.u
        }
        Part {
            at: [4, 0, 92, 72]
            color: Theme.machine
            radius: 4 * drawing.u
        }
        Part {
            at: [10, 12, 80, 54]
            color: Theme.machineGlass
            border.color: Theme.machineGlass
            radius: 2 * drawing.u
        }
        // lines of a screen
        Rectangle {
            x: 18 * drawing.u
            y: 22 * drawing.u
            width: 34 * drawing.u
            height: 5 * drawing.u
            radius: height / 2
            color: Theme.skyQuiet
        }
        Rectangle {
            x: 18 * drawing.u
            y: 32 * drawing.u
            width: 52 * drawing.u
            height: 3 * drawing.u
            radius: height / 2
            color: Theme.skyEdge
        }
        Rectangle {
            x: 18 * drawing.u
            y: 39 * drawing.u
            width: 44 * drawing.u
            height: 3 * drawing.u
            radius: height / 2
            color: Theme.skyEdge
        }
        Rectangle {
            x: 54 * drawing.u
            y: 52 * drawing.u
            width: 28 * drawing.u
            height: 8 * drawing.u
            radius: 2 * drawing.u
            color: Theme.skyQuiet
        }

        Part {
            at: drawing.places["camera"]
            role: "camera"
            radius: height / 2
        }
        Part {
            at: drawing.places["receipt_printer"]
            role: "receipt_printer"
        }
        Part {
            at: drawing.places["document_scanner"]
            role: "document_scanner"
        }
        Part {
            at: drawing.places["code_scanner"]
            role: "code_scanner"

            Icon {
                anchors.centerIn: parent
                name: "qr"
                ink: parent.isLit ? Theme.ink : Theme.machineDark
                size: parent.height * 0.7
            }
        }
        Part {
            at: drawing.places["id_card"]
            role: drawing.slot === "smart_card" ? "smart_card" : "id_card"

            Icon {
                anchors.centerIn: parent
                name: "card"
                ink: parent.isLit ? Theme.ink : Theme.machineDark
                size: parent.height * 0.8
            }
        }
        Part {
            at: drawing.places["page_printer"]
            role: "page_printer"
        }
        Rectangle {
            x: 30 * drawing.u
            y: 109 * drawing.u
            width: 40 * drawing.u
            height: 1.5 * drawing.u
            color: drawing.slot === "page_printer" ? Theme.ink : Theme.machineDark
        }

        // the light around the slot, and the word
        Rectangle {
            visible: drawing.place[2] > 0
            x: (drawing.place[0] - 3) * drawing.u
            y: (drawing.place[1] - 3) * drawing.u
            width: (drawing.place[2] + 6) * drawing.u
            height: (drawing.place[3] + 6) * drawing.u
            radius: 3 * drawing.u
            color: "transparent"
            border.color: Theme.contrast ? Theme.lit : Theme.wrong
            border.width: Theme.focusRing * 0.7
        }
    }
}
