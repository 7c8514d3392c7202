// SPDX-License-Identifier: Apache-2.0
// Choose what to do: search, life situations, the matters.
pragma ComponentBehavior: Bound

import QtQuick
import QtQuick.Layouts
import Hall24.Models
import Kiosk

Item {
    id: screen

    required property ShellModel shell
    required property HomeModel model
    readonly property bool split: !Theme.portrait && !Theme.elder && !searching
    // Another list: turn to where it begins.
    readonly property string list: model.listTitle + model.page
    property bool ready: false
    readonly property bool brief: Theme.elder || split
    property bool searching: model.query !== ""
    readonly property int columns: Theme.elder || (searching && !Theme.portrait) ? 1 : model.tiles.count > (Theme.portrait ? 4 : 3) ? 2 : 1

    Component.onCompleted: ready = true
    onListChanged: if (ready)
        paged.reveal(title)

    Page {
        anchors.fill: parent
        shell: screen.shell
        primary: screen.model.primary
        secondary: screen.model.secondary
        heading: screen.searching ? "" : screen.model.heading
        help: screen.searching ? "" : screen.model.help

        Loader {
            id: field

            anchors.top: parent.top
            width: screen.split ? left.width : parent.width
            sourceComponent: screen.searching ? open : closed
        }

        // On a wide glass the situations stand left of the list.
        PagedColumn {
            id: left

            anchors.top: field.bottom
            anchors.topMargin: Theme.wide * 0.8
            anchors.bottom: parent.bottom
            width: Theme.mm(150)
            visible: screen.split

            Loader {
                readonly property bool breakInside: true

                width: parent.width
                active: left.visible
                sourceComponent: situations
            }
        }

        // There the services stand beside the heading.
        Loader {
            anchors.right: parent.right
            anchors.bottom: parent.top
            anchors.bottomMargin: Theme.grid
            width: Math.min(parent.width * 0.5, Theme.mm(230))
            active: screen.split && screen.model.services.count > 0
            sourceComponent: services
        }

        PagedColumn {
            id: paged

            anchors.top: screen.split ? parent.top : field.bottom
            anchors.topMargin: screen.split ? 0 : Theme.wide * 0.8
            anchors.bottom: Theme.portrait && pad.active ? pad.top : parent.bottom
            anchors.bottomMargin: Theme.portrait && pad.active ? Theme.grid : 0
            x: left.visible ? left.width + Theme.margin : 0
            width: parent.width - x - (pad.active && !Theme.portrait ? pad.width + Theme.margin : 0)

            Loader {
                readonly property bool breakInside: true

                width: parent.width
                active: !screen.split && !screen.searching
                visible: active
                sourceComponent: situations
            }
            Loader {
                readonly property bool breakInside: true

                width: parent.width
                active: !screen.split && !screen.searching && screen.model.services.count > 0
                visible: active
                sourceComponent: services
            }
            StrongText {
                id: title

                readonly property bool keepWithNext: true

                width: parent.width
                // Large keys leave room for what was found, not for how much it is.
                visible: !(screen.searching && Theme.elder && Theme.portrait && screen.model.tiles.count > 0)
                topPadding: screen.searching ? 0 : Theme.tight
                text: screen.model.listTitle
            }
            Grid {
                id: tiles

                readonly property bool breakInside: true
                readonly property real cell: (width - columnSpacing * (columns - 1)) / columns

                width: parent.width
                columns: screen.columns
                columnSpacing: Theme.gap
                rowSpacing: Theme.gap

                Repeater {
                    model: screen.model.tiles

                    ItemTile {
                        width: tiles.cell
                        height: Math.max(implicitHeight, Theme.mm(Theme.elder || Theme.low ? 34 : Theme.portrait ? 42 : compact ? 30 : 40))
                        compact: screen.columns > 1
                        onClicked: screen.shell.act("item:" + code)
                    }
                }
            }
            RowLayout {
                width: parent.width
                spacing: Theme.gap
                visible: screen.model.pages > 1

                BigButton {
                    Layout.fillWidth: true
                    Layout.preferredWidth: 1
                    objectName: "act:page:previous"
                    label: Words.t("previous")
                    glyph: Theme.elder ? "" : "previous"
                    enabled: screen.model.page > 1
                    onClicked: screen.shell.act("page:previous")
                }
                StrongText {
                    text: screen.model.page + " / " + screen.model.pages
                    color: Theme.quiet
                }
                BigButton {
                    Layout.fillWidth: true
                    Layout.preferredWidth: 1
                    objectName: "act:page:next"
                    label: Words.t("next")
                    glyph: Theme.elder ? "" : "next"
                    enabled: screen.model.page < screen.model.pages
                    onClicked: screen.shell.act("page:next")
                }
            }
        }

        Loader {
            id: pad

            anchors.bottom: parent.bottom
            anchors.right: parent.right
            width: Theme.portrait ? parent.width : Theme.mm(Theme.elder ? 310 : 244)
            active: screen.searching
            sourceComponent: TextPad {
                typing: screen.shell.typing
                chinese: screen.shell.language === "zh"
                signs: false
                onTyped: sign => (field.item as SearchLine)?.type(sign)
                onErased: (field.item as SearchLine)?.erase()
                onCleared: (field.item as SearchLine)?.wipe()
            }
        }
    }

    Component {
        id: situations

        Grid {
            id: grid

            readonly property bool breakInside: true
            readonly property real cell: (width - columnSpacing * (columns - 1)) / columns

            columns: screen.split || (Theme.elder && Theme.portrait) ? 2 : 3
            columnSpacing: Theme.grid
            rowSpacing: Theme.grid

            Repeater {
                model: screen.model.situations

                SituationCard {
                    width: grid.cell
                    height: Theme.elder ? Theme.mm(36) : Theme.mm(Theme.portrait ? 29 : Theme.low ? 24 : 25)
                    onClicked: screen.shell.act("situation:" + code)
                }
            }
        }
    }
    Component {
        id: services

        Grid {
            id: row

            readonly property bool breakInside: true
            readonly property real cell: (width - columnSpacing * (columns - 1)) / columns

            columns: Theme.elder && Theme.portrait ? 1 : 3
            columnSpacing: Theme.grid
            rowSpacing: Theme.grid

            Repeater {
                model: screen.model.services

                ServiceCard {
                    width: row.cell
                    height: Math.max(Theme.touch, implicitHeight)
                    onClicked: screen.shell.act("service:" + optionId)
                }
            }
        }
    }
    Component {
        id: closed

        PressCard {
            objectName: "search"
            label: Words.t("search.hint")
            implicitHeight: Theme.button
            topPadding: 0
            bottomPadding: 0
            onClicked: screen.searching = true

            contentItem: RowLayout {
                spacing: Theme.grid

                Icon {
                    name: "search"
                    ink: Theme.primary
                }
                BodyText {
                    Layout.fillWidth: true
                    text: Words.t(screen.brief ? "search.brief" : "search.hint")
                    color: Theme.quiet
                    elide: Text.ElideRight
                    wrapMode: Text.NoWrap
                }
                Icon {
                    name: "keyboard"
                    ink: Theme.quiet
                }
            }
        }
    }
    Component {
        id: open

        SearchLine {
            hint: Words.t(screen.brief ? "search.brief" : "search.hint")
            query: screen.model.query
            pending: screen.shell.typing.letters
            onEdited: text => screen.shell.search(text)
            onClosed: {
                screen.searching = false;
                screen.shell.search("");
            }
        }
    }
}
