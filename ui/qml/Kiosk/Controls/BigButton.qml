// SPDX-License-Identifier: Apache-2.0
// A button with a verb. `look`: primary (one a page), secondary (outlined), quiet (no edge), sky (white
// on the night picture).
import QtQuick
import QtQuick.Layouts
import QtQuick.Templates as T
import Kiosk

T.AbstractButton {
    id: button

    required property string label
    property string glyph: ""
    property string look: "secondary"
    readonly property bool strong: look === "primary" || look === "sky"
    readonly property color inkColour: !enabled ? Theme.disabledText : look === "primary" || (look === "sky" && Theme.contrast) ? Theme.primaryText : Theme.primary

    implicitWidth: Math.max(Theme.button, row.implicitWidth + leftPadding + rightPadding)
    implicitHeight: Math.max(strong ? Theme.button : Theme.touch, row.implicitHeight + topPadding + bottomPadding)
    leftPadding: Theme.gap
    rightPadding: Theme.gap
    topPadding: Theme.tight
    bottomPadding: Theme.tight
    focusPolicy: Qt.StrongFocus
    Accessible.name: label
    Accessible.role: Accessible.Button

    background: CardFace {
        fill: {
            if (!button.enabled)
                return Theme.sunken;
            if (button.look === "sky" && !Theme.contrast)
                return button.pressed ? Theme.tintPressed : Theme.skyText;
            if (button.strong)
                return button.pressed ? Theme.primaryPressed : Theme.primary;
            if (button.pressed)
                return Theme.tintPressed;
            return button.look === "quiet" ? Theme.tint : Theme.surface;
        }
        edge: !button.enabled ? Theme.edge : button.strong ? fill : button.look === "quiet" ? (Theme.contrast ? Theme.edge : fill) : Theme.primary
        edgeWidth: Theme.line
        shadow: button.strong && button.enabled && !button.pressed

        FocusRing {
            shown: button.visualFocus
        }
    }

    contentItem: Item {
        implicitWidth: row.implicitWidth
        implicitHeight: row.implicitHeight

        RowLayout {
            id: row

            anchors.centerIn: parent
            width: Math.min(implicitWidth, parent.width)
            spacing: Theme.tight * 1.5

            Icon {
                name: button.glyph
                ink: button.inkColour
                size: button.strong ? Theme.icon : Theme.iconSmall
                visible: button.glyph !== ""
            }
            BodyText {
                Layout.fillWidth: true
                text: button.label
                color: button.inkColour
                font.pixelSize: button.strong ? Theme.strong : Theme.body
                font.weight: Font.DemiBold
                horizontalAlignment: Text.AlignHCenter
                verticalAlignment: Text.AlignVCenter
                maximumLineCount: 3
                lineHeight: Theme.headingLine
            }
        }
    }
}
