// SPDX-License-Identifier: Apache-2.0
// One consent, an act of its own: what for, which information, to whom. Refusing weighs the same.
import QtQuick
import Hall24.Models
import Kiosk

Page {
    id: screen

    required property ConsentModel model

    primary: model.primary
    secondary: model.secondary
    heading: model.heading
    help: model.total > 1 ? Words.fill("consent.count", {
        "current": model.current,
        "total": model.total
    }) : ""

    PagedColumn {
        anchors.fill: parent
        topic: screen.model.heading + screen.model.current

        Item {
            readonly property bool breakInside: true

            width: parent.width
            height: parts.height + parts.y * 2

            CardFace {
                anchors.fill: parent
            }
            Column {
                id: parts

                readonly property bool breakInside: true

                x: Theme.padding
                y: Theme.tight
                width: parent.width - x * 2

                LabelledText {
                    width: parent.width
                    first: true
                    glyph: "flag"
                    label: Words.t("consent.purpose")
                    words: screen.model.purpose
                }
                LabelledText {
                    width: parent.width
                    glyph: "list"
                    label: Words.t("consent.data")
                    words: screen.model.dataWords
                }
                LabelledText {
                    width: parent.width
                    glyph: "bank"
                    label: Words.t("consent.recipient")
                    words: screen.model.recipient
                }
            }
        }
        SmallText {
            width: parent.width
            text: Words.fill("consent.version", {
                "version": screen.model.version
            })
        }
    }
}
