// SPDX-License-Identifier: Apache-2.0
// The line that is being written. What stands here is the truth while it is open; the pad and a real
// keyboard write into it. Nothing of it may be learned by an input method.
pragma ComponentBehavior: Bound

import QtQuick
import Kiosk

Rectangle {
    id: box

    property alias text: input.text
    property string label: ""
    property string hint: ""
    property string glyph: ""
    property bool wrong: false
    property int inputHints: Qt.ImhNone
    property bool multiline: false
    property string told: ""
    property string pending: ""
    // While letters wait, the text makes room on one line and the box keeps its height.
    property bool composing: false
    property real held: 0

    signal edited(string text)
    signal accepted

    // Said once for each text, whoever wrote it: a pad's key, a keyboard, an input method.
    function report(): void {
        if (box.told !== input.text) {
            box.told = input.text;
            box.edited(input.text);
        }
    }

    function type(sign: string): void {
        input.insert(input.cursorPosition, sign);
        box.report();
    }

    function erase(): void {
        if (input.cursorPosition > 0) {
            // Characters outside the Basic Multilingual Plane are two units: 𬱖
            const before = Array.from(input.text.slice(0, input.cursorPosition));
            const width = before[before.length - 1].length;
            input.remove(input.cursorPosition - width, input.cursorPosition);
        }
        box.report();
    }

    function wipe(): void {
        input.clear();
        box.report();
    }

    onPendingChanged: {
        if (!box.composing)
            box.held = input.implicitHeight;
        box.composing = box.pending !== "";
    }
    implicitHeight: Math.max(Theme.button, (composing ? held : input.implicitHeight) + Theme.grid * 2)
    radius: Theme.radius
    color: Theme.surface
    border.width: Theme.line * 1.5
    border.color: wrong ? Theme.wrong : Theme.primary

    Icon {
        id: sign

        x: Theme.padding
        anchors.verticalCenter: parent.verticalCenter
        name: box.glyph
        ink: Theme.quiet
    }
    TextInput {
        id: input

        anchors.verticalCenter: parent.verticalCenter
        anchors.left: sign.right
        anchors.leftMargin: box.glyph === "" ? 0 : Theme.grid
        anchors.right: parent.right
        anchors.rightMargin: Theme.padding + (box.composing ? letters.width : 0)
        clip: true
        focus: true
        color: Theme.text
        selectionColor: Theme.primary
        selectedTextColor: Theme.primaryText
        font.family: Theme.family
        font.pixelSize: Theme.heading
        font.weight: Font.DemiBold
        wrapMode: box.multiline && !box.composing && (!Theme.elder || text.length < (Theme.portrait ? 28 : 14)) ? TextInput.Wrap : TextInput.NoWrap
        Accessible.name: box.label
        inputMethodHints: Qt.ImhSensitiveData | Qt.ImhNoPredictiveText | box.inputHints
        onTextEdited: box.report()
        onAccepted: box.accepted()
        Component.onCompleted: {
            cursorPosition = text.length;
            forceActiveFocus();
        }

        cursorDelegate: Rectangle {
            width: Theme.line * 1.5
            color: Theme.primary
            visible: input.cursorVisible
        }
    }
    // Letters that are not text yet stand where the text will.
    StrongText {
        id: letters

        x: input.x + input.cursorRectangle.x
        anchors.verticalCenter: parent.verticalCenter
        width: Math.min(implicitWidth, box.width - Theme.padding * 2 - Theme.tight)
        text: box.pending
        color: Theme.primary
        font.pixelSize: Theme.heading
        font.underline: true
        fontSizeMode: Text.HorizontalFit
        minimumPixelSize: Theme.small
        elide: Text.ElideLeft
        wrapMode: Text.NoWrap
        visible: box.composing
    }
    BodyText {
        anchors.fill: input
        verticalAlignment: Text.AlignVCenter
        text: box.hint
        visible: input.text === "" && input.preeditText === "" && box.pending === ""
        color: Theme.quiet
        elide: Text.ElideRight
        wrapMode: Text.NoWrap
    }
}
