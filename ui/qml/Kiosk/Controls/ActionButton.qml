// SPDX-License-Identifier: Apache-2.0
// A button made from an action of the view: found by act:<id>.
import Kiosk

BigButton {
    id: action

    required property string actId
    required property bool usable
    required property bool primary
    required glyph

    signal act(string id)

    objectName: "act:" + actId
    enabled: usable
    look: primary ? "primary" : "secondary"
    onClicked: action.act(action.actId)
}
