// SPDX-License-Identifier: Apache-2.0
// A signature with the finger, black on white in every mode. Each finished stroke reports the whole
// picture; clear() forgets all of it.
import QtQuick
import Kiosk

Rectangle {
    id: pad

    property var strokes: []
    property int strokeCount: 0
    property bool signed: false

    signal finished(string picture, int strokes)

    function clear(): void {
        pad.strokes = [];
        pad.strokeCount = 0;
        canvas.requestPaint();
    }

    function report(): void {
        if (pad.strokeCount > 0 && !area.pressed && area.dirty) {
            area.dirty = false;
            pad.finished(canvas.toDataURL("image/png"), pad.strokeCount);
        }
    }

    onSignedChanged: if (!signed)
        clear()

    implicitHeight: Theme.signature
    radius: Theme.radius
    color: Theme.paper
    border.color: Theme.contrast ? Theme.edge : Theme.edgeStrong
    border.width: Theme.line

    Canvas {
        id: canvas

        anchors.fill: parent
        anchors.margins: Theme.radius * 0.4
        renderStrategy: Canvas.Immediate
        renderTarget: Canvas.Image
        onPaint: {
            const brush = getContext("2d");
            brush.fillStyle = Theme.paper;
            brush.fillRect(0, 0, width, height);
            brush.strokeStyle = Theme.ink;
            brush.fillStyle = Theme.ink;
            brush.lineWidth = Theme.mm(1.2);
            brush.lineCap = "round";
            brush.lineJoin = "round";
            for (const stroke of pad.strokes) {
                brush.beginPath();
                brush.moveTo(stroke[0].x, stroke[0].y);
                for (const point of stroke)
                    brush.lineTo(point.x + 0.1, point.y);
                brush.stroke();
            }
        }
        // Not at once: toDataURL paints, and painting from within painted frees Qt's buffer twice.
        onPainted: Qt.callLater(pad.report)
    }
    Rectangle {
        anchors.left: parent.left
        anchors.right: parent.right
        anchors.bottom: parent.bottom
        anchors.margins: Theme.margin
        height: Theme.hairline
        color: Theme.paperEdge
    }
    SmallText {
        anchors.horizontalCenter: parent.horizontalCenter
        anchors.bottom: parent.bottom
        anchors.bottomMargin: Theme.tight * 0.5
        text: Words.t(pad.signed ? "sign.done" : "sign.here")
        color: Theme.paperQuiet
        font.pixelSize: Theme.small
        visible: pad.strokeCount === 0
    }

    MouseArea {
        id: area

        property bool dirty: false

        objectName: "signature"
        anchors.fill: canvas
        preventStealing: true
        onPressed: mouse => {
            pad.strokes.push([Qt.point(mouse.x, mouse.y)]);
            pad.strokeCount = pad.strokes.length;
            area.dirty = true;
            canvas.requestPaint();
        }
        onPositionChanged: mouse => {
            const x = Math.max(0, Math.min(canvas.width, mouse.x));
            const y = Math.max(0, Math.min(canvas.height, mouse.y));
            pad.strokes[pad.strokes.length - 1].push(Qt.point(x, y));
            canvas.requestPaint();
        }
        onReleased: canvas.requestPaint()
        onCanceled: canvas.requestPaint()
    }
}
