// SPDX-License-Identifier: Apache-2.0
// The promise, readable, and the signature under it.
pragma ComponentBehavior: Bound

import QtQuick
import Hall24.Models
import Kiosk

Page {
    id: screen

    required property PromiseModel model

    primary: model.primary
    secondary: model.secondary
    heading: model.heading
    help: model.help

    PagedColumn {
        anchors.fill: parent
        topic: screen.model.heading

        Item {
            readonly property bool breakInside: true

            width: parent.width
            height: words.height + words.y * 2

            CardFace {
                anchors.fill: parent
            }
            Column {
                id: words

                readonly property bool breakInside: true

                x: Theme.padding
                y: Theme.grid
                width: parent.width - x * 2
                spacing: Theme.grid

                Repeater {
                    model: screen.model.promiseText.split("\n")

                    BodyText {
                        required property int index
                        required property string modelData

                        width: words.width
                        text: modelData
                        font.weight: index === 0 ? Font.DemiBold : Font.Normal
                    }
                }
                SmallText {
                    width: parent.width
                    text: Words.fill("promise.version", {
                        "version": screen.model.version
                    })
                }
            }
        }
        Notice {
            width: parent.width
            words: screen.model.notice
            tone: screen.model.signed ? "good" : "warning"
        }
        SignaturePad {
            width: parent.width
            height: Theme.signature
            visible: screen.model.signatureNeeded
            signed: screen.model.signed
            onFinished: (picture, strokes) => screen.shell.sign(picture, strokes)
        }
    }
}
