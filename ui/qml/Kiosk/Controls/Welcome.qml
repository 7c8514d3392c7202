// SPDX-License-Identifier: Apache-2.0
// What this place is, one invitation, and the truth of the moment. Touch anywhere. Without models: it is
// on the glass before the program behind it is.
import QtQuick
import QtQuick.Layouts
import QtQuick.Templates as T
import Kiosk

T.AbstractButton {
    id: welcome

    required property string headline
    required property string invitation
    property list<string> canNow
    property list<string> cannotNow
    property string checking: ""
    property string nearest: ""
    property string phone: ""
    readonly property bool upright: Theme.portrait || Theme.elder
    readonly property real water: upright ? height - facts.y + Theme.grid : Theme.margin

    focusPolicy: Qt.NoFocus
    Accessible.name: invitation

    GridLayout {
        anchors.fill: parent
        anchors.margins: Theme.margin
        columns: welcome.upright ? 1 : 2
        columnSpacing: Theme.margin * 2
        rowSpacing: Theme.gap

        ColumnLayout {
            Layout.fillWidth: true
            Layout.fillHeight: true
            Layout.preferredWidth: 11
            spacing: Theme.elder ? Theme.gap : Theme.wide

            Item {
                Layout.preferredHeight: Theme.portrait ? Theme.margin : 0
                visible: !Theme.elder
            }
            Rectangle {
                Layout.alignment: welcome.upright ? Qt.AlignHCenter : Qt.AlignLeft
                Layout.preferredWidth: always.implicitWidth + Theme.margin
                Layout.preferredHeight: always.implicitHeight + Theme.grid
                radius: height / 2
                visible: !Theme.elder
                color: "transparent"
                border.color: Theme.skyEdge
                border.width: Theme.line

                BodyText {
                    id: always

                    anchors.centerIn: parent
                    text: Words.t("attract.open")
                    color: Theme.skyQuiet
                    wrapMode: Text.NoWrap
                }
            }
            Text {
                Layout.fillWidth: true
                text: welcome.headline
                visible: Theme.portrait || !Theme.elder
                color: Theme.skyText
                font.family: Theme.family
                font.pixelSize: Theme.display
                font.weight: Font.DemiBold
                horizontalAlignment: Theme.portrait ? Text.AlignHCenter : Text.AlignLeft
                lineHeight: Theme.headingLine
                textFormat: Text.PlainText
                wrapMode: Text.Wrap
            }
            BigButton {
                Layout.alignment: welcome.upright ? Qt.AlignHCenter : Qt.AlignLeft
                Layout.preferredWidth: implicitWidth + Theme.margin * 3
                Layout.maximumWidth: welcome.width - Theme.margin * 2
                Layout.preferredHeight: implicitHeight + (Theme.elder ? 0 : Theme.grid)
                objectName: "act:start"
                label: welcome.invitation
                glyph: "touch"
                look: "sky"
                onClicked: welcome.clicked()
            }
            Item {
                Layout.fillHeight: true
            }
        }

        Card {
            id: facts

            Layout.fillWidth: true
            Layout.preferredWidth: Theme.elder ? 13 : 9
            Layout.maximumHeight: welcome.height - Theme.margin * 2
            Layout.alignment: welcome.upright ? Qt.AlignBottom : Qt.AlignVCenter
            padding: Theme.elder ? Theme.padding : Theme.margin * 0.85
            edge: Theme.surface

            ColumnLayout {
                spacing: Theme.elder ? Theme.tight : Theme.gap

                SmallText {
                    text: Words.t("attract.can")
                    font.weight: Font.DemiBold
                    visible: welcome.canNow.length > 0 && !Theme.elder
                }
                Repeater {
                    model: welcome.canNow

                    TruthLine {
                        required property string modelData

                        Layout.fillWidth: true
                        words: modelData
                        tone: "good"
                        small: Theme.elder
                    }
                }
                SmallText {
                    Layout.topMargin: Theme.tight
                    text: Words.t("attract.cannot")
                    font.weight: Font.DemiBold
                    visible: welcome.cannotNow.length > 0 && !Theme.elder
                }
                Repeater {
                    model: welcome.cannotNow

                    TruthLine {
                        required property string modelData

                        Layout.fillWidth: true
                        words: modelData
                        tone: "warning"
                        small: Theme.elder
                    }
                }
                TruthLine {
                    Layout.fillWidth: true
                    words: welcome.checking
                    tone: "quiet"
                    small: Theme.elder
                    visible: words !== ""
                }
                Rectangle {
                    Layout.fillWidth: true
                    Layout.preferredHeight: Theme.hairline
                    color: Theme.edge
                    visible: welcome.nearest !== "" || welcome.phone !== ""
                }
                PlaceLine {
                    Layout.fillWidth: true
                    label: Words.t("attract.nearest")
                    value: welcome.nearest
                    glyph: "place"
                }
                PlaceLine {
                    Layout.fillWidth: true
                    label: Words.t("attract.phone")
                    value: welcome.phone
                    glyph: "phone"
                }
            }
        }
    }
}
