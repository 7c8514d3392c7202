// SPDX-License-Identifier: Apache-2.0
// One key of a pad: found by key:<character>. A finger on it leaves the focus in the field.
import QtQuick
import QtQuick.Templates as T
import Kiosk

T.AbstractButton {
    id: key

    required property string sign
    property string label: sign
    property string glyph: ""
    property bool strong: false
    property bool wordy: false

    objectName: "key:" + sign
    implicitWidth: Theme.key
    implicitHeight: Theme.key
    focusPolicy: Qt.NoFocus
    Accessible.name: label
    Accessible.role: Accessible.Button

    background: CardFace {
        radius: Theme.radius * 0.7
        fill: !key.enabled ? Theme.page : key.strong ? (key.pressed ? Theme.primaryPressed : Theme.primary) : key.pressed ? Theme.tintPressed : key.wordy ? Theme.tint : Theme.surface
        edge: key.strong ? fill : Theme.edge
        shadow: key.enabled && !key.pressed

        FocusRing {
            shown: key.visualFocus
            distance: Theme.focusRing
        }
    }
    contentItem: Item {
        Row {
            anchors.centerIn: parent
            spacing: Theme.tight

            Icon {
                anchors.verticalCenter: parent.verticalCenter
                name: key.glyph
                ink: !key.enabled ? Theme.edgeStrong : key.strong ? Theme.primaryText : Theme.text
                size: Theme.icon
                visible: key.glyph !== ""
            }
            StrongText {
                anchors.verticalCenter: parent.verticalCenter
                text: key.label
                visible: key.label !== ""
                width: Math.min(implicitWidth, key.width - (key.glyph === "" ? Theme.tight : Theme.icon + Theme.tight * 3))
                color: key.strong ? Theme.primaryText : Theme.text
                fontSizeMode: Text.HorizontalFit
                minimumPixelSize: Theme.mm(6)
                horizontalAlignment: Text.AlignHCenter
                wrapMode: Text.NoWrap
            }
        }
    }
}
