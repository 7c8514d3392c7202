// SPDX-License-Identifier: Apache-2.0
// Nobody is here.
import QtQuick
import Hall24.Models
import Kiosk

Welcome {
    id: screen

    required property ShellModel shell
    required property AttractModel model

    headline: model.headline
    invitation: model.invitation
    canNow: model.canNow
    cannotNow: model.cannotNow
    checking: model.checking
    nearest: model.nearest
    phone: model.phone
    onClicked: screen.shell.act("start")
}
