// SPDX-License-Identifier: Apache-2.0
// A white card around one item, which takes the card's width.
import QtQuick
import QtQuick.Templates as T
import Kiosk

T.Control {
    id: card

    default property Item body
    property color fill: Theme.surface
    property color edge: Theme.edge

    implicitWidth: implicitContentWidth + leftPadding + rightPadding
    implicitHeight: implicitContentHeight + topPadding + bottomPadding
    padding: Theme.padding
    contentItem: body

    background: CardFace {
        fill: card.fill
        edge: card.edge
    }
}
