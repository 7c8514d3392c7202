// SPDX-License-Identifier: Apache-2.0
// One matter in a list: name, what it gives, whether it can be done here now. Found by tile:<code>.
import QtQuick
import QtQuick.Layouts
import Kiosk

PressCard {
    id: tile

    required property string code
    required property string name
    required property string summary
    required property string department
    required property string glyph
    required property string badge
    required property bool available
    required property string availability

    property bool compact: false
    readonly property bool narrow: Theme.elder && width < Theme.mm(180)

    objectName: "tile:" + code
    label: name
    Accessible.description: availability
    padding: compact ? Theme.grid : Theme.padding

    contentItem: Item {
        implicitHeight: row.implicitHeight

        RowLayout {
            id: row

            anchors.verticalCenter: parent.verticalCenter
            width: parent.width
            spacing: tile.compact ? Theme.grid : Theme.padding

            Rectangle {
                Layout.preferredWidth: Theme.iconLarge * (tile.compact ? 1 : 1.35)
                Layout.preferredHeight: Layout.preferredWidth
                Layout.alignment: tile.compact ? Qt.AlignTop : Qt.AlignVCenter
                radius: Theme.radius
                color: Theme.tint
                border.width: Theme.contrast ? Theme.hairline : 0
                border.color: Theme.edge
                visible: !Theme.elder

                Icon {
                    anchors.centerIn: parent
                    name: tile.glyph
                    ink: Theme.primary
                    size: parent.width * 0.63
                }
            }
            ColumnLayout {
                Layout.fillWidth: true
                spacing: Theme.mm(0.5)

                RowLayout {
                    Layout.fillWidth: true
                    spacing: Theme.grid

                    StrongText {
                        Layout.fillWidth: true
                        text: tile.name
                        maximumLineCount: tile.narrow ? 4 : 2
                        elide: Text.ElideRight
                    }
                    Badge {
                        words: tile.badge
                        visible: words !== "" && !tile.compact && !tile.narrow
                    }
                }
                BodyText {
                    Layout.fillWidth: true
                    text: tile.summary
                    color: Theme.quiet
                    maximumLineCount: 2
                    elide: Text.ElideRight
                    visible: text !== "" && !Theme.elder && !tile.compact
                }
                RowLayout {
                    Layout.fillWidth: true
                    Layout.topMargin: Theme.mm(0.5)
                    spacing: Theme.tight

                    Icon {
                        name: tile.available ? "good" : "warning"
                        ink: tile.available ? Theme.good : Theme.warning
                        size: Theme.iconSmall
                    }
                    SmallText {
                        Layout.fillWidth: true
                        text: tile.availability
                        color: tile.available ? Theme.good : Theme.warning
                        font.weight: Font.DemiBold
                        maximumLineCount: 2
                        elide: Text.ElideRight
                    }
                    SmallText {
                        Layout.maximumWidth: tile.width * 0.5
                        text: tile.department
                        visible: text !== "" && !Theme.elder && !tile.compact
                        elide: Text.ElideRight
                        maximumLineCount: 1
                    }
                }
            }
            Icon {
                name: "next"
                ink: Theme.primary
                visible: !tile.compact && !tile.narrow
            }
        }
    }
}
