// SPDX-License-Identifier: Apache-2.0
// Everything about a matter before anybody proves who they are.
pragma ComponentBehavior: Bound

import QtQuick
import Hall24.Models
import Kiosk

Page {
    id: screen

    required property ItemModel model

    primary: model.primary
    secondary: model.secondary
    heading: model.name
    help: model.department
    asideShown: model.flow.length > 0 && !Theme.elder
    aside: Column {
        spacing: Theme.gap

        StrongText {
            width: parent.width
            text: Words.t("item.flow")
        }
        FlowPicture {
            width: parent.width
            steps: screen.model.flow
            upright: true
        }
    }

    PagedColumn {
        anchors.fill: parent
        topic: screen.model.name
        spacing: Theme.portrait ? Theme.wide * 0.8 : Theme.gap

        Flow {
            width: parent.width
            spacing: Theme.tight * 1.5
            visible: screen.model.badges.length > 0

            Repeater {
                model: screen.model.badges

                Badge {
                    required property string modelData

                    words: modelData
                }
            }
        }
        Notice {
            width: parent.width
            words: screen.model.truthWords
            tone: screen.model.truthTone
            strong: true
        }
        Item {
            readonly property bool breakInside: true

            width: parent.width
            height: blocks.height

            CardFace {
                anchors.fill: parent
            }
            Column {
                id: blocks

                readonly property bool breakInside: true

                x: Theme.padding
                width: parent.width - x * 2

                Repeater {
                    model: screen.model.blocks

                    GuideLine {
                        width: blocks.width
                    }
                }
            }
        }
        StrongText {
            readonly property bool keepWithNext: true

            width: parent.width
            text: Words.t("item.flow")
            visible: screen.model.flow.length > 0 && (Theme.portrait || Theme.elder)
        }
        FlowPicture {
            width: parent.width
            steps: Theme.portrait || Theme.elder ? screen.model.flow : []
        }
    }
}
