// SPDX-License-Identifier: Apache-2.0
// One mode of the footer: found by mode:<mode>.
import QtQuick.Layouts
import Hall24.Models
import Kiosk

FooterButton {
    id: button

    required property ShellModel shell
    required property string mode
    property bool target: !on

    objectName: "mode:" + mode
    label: Words.t("mode." + mode)
    toggle: true
    beside: !Theme.portrait && !Theme.elder
    Layout.fillWidth: true
    Layout.fillHeight: true
    Layout.preferredWidth: 1
    onClicked: button.shell.setMode(button.mode, button.target)
}
