// SPDX-License-Identifier: Apache-2.0
// A card that can be pressed. It acts on release inside.
import QtQuick
import QtQuick.Templates as T
import Kiosk

T.AbstractButton {
    id: card

    property string label: ""
    property bool marked: false
    property color fill: Theme.surface

    implicitWidth: Math.max(Theme.touch, implicitContentWidth + leftPadding + rightPadding)
    implicitHeight: Math.max(Theme.touch, implicitContentHeight + topPadding + bottomPadding)
    padding: Theme.padding
    focusPolicy: Qt.StrongFocus
    Accessible.name: label
    Accessible.role: Accessible.Button
    Accessible.selected: marked

    background: CardFace {
        fill: card.pressed ? Theme.surfacePressed : card.marked ? Theme.tint : card.enabled ? card.fill : Theme.sunken
        edge: card.marked ? Theme.primary : Theme.edge
        edgeWidth: card.marked ? Theme.line * 1.5 : Theme.hairline
        shadow: card.enabled && !card.pressed

        FocusRing {
            shown: card.visualFocus
        }
    }
}
