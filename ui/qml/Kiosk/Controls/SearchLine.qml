// SPDX-License-Identifier: Apache-2.0
// The open search field and the button that closes it. The pad below writes through its functions.
import QtQuick
import QtQuick.Layouts
import Kiosk

RowLayout {
    id: line

    required property string hint
    required property string query
    property string pending: ""

    signal edited(string text)
    signal closed

    function type(sign: string): void {
        input.type(sign);
    }

    function erase(): void {
        input.erase();
    }

    function wipe(): void {
        input.wipe();
    }

    // Letters search as they are, beside Chinese as a word of their own; both may change in one step.
    function report(): void {
        line.edited([input.text, line.pending].filter(part => part !== "").join(" "));
    }

    spacing: Theme.gap
    onPendingChanged: Qt.callLater(line.report)

    InputBox {
        id: input

        Layout.fillWidth: true
        objectName: "search"
        glyph: "search"
        label: line.hint
        hint: line.hint
        pending: line.pending
        onEdited: Qt.callLater(line.report)
        Component.onCompleted: text = line.query
    }
    BigButton {
        Layout.preferredHeight: input.height
        objectName: "key:done"
        label: Words.t("search.close")
        glyph: "close"
        onClicked: line.closed()
    }
}
