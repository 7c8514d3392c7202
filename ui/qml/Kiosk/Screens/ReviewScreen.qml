// SPDX-License-Identifier: Apache-2.0
// Exactly what will be sent, to whom; a change leads to its page and back.
pragma ComponentBehavior: Bound

import QtQuick
import Hall24.Models
import Kiosk

Page {
    id: screen

    required property ReviewModel model

    primary: model.primary
    secondary: model.secondary
    heading: model.heading
    help: model.help

    PagedColumn {
        anchors.fill: parent
        topic: screen.model.heading
        spacing: Theme.grid

        Notice {
            width: parent.width
            words: screen.model.notice
            tone: "warning"
        }
        Notice {
            width: parent.width
            words: Words.t("review.recipient") + (Theme.elder ? "\n" : "  ") + screen.model.recipient
            tone: "quiet"
            glyph: "send"
        }
        Repeater {
            model: screen.model.sections

            ReviewPart {
                width: parent?.width ?? 0
                onChange: id => screen.shell.act("change:" + id)
            }
        }
    }
}
