// SPDX-License-Identifier: Apache-2.0
// The window. Who starts it gives the shell and decides between full screen and a window.
import QtQuick
import Hall24.Models
import Kiosk

Window {
    id: window

    required property ShellModel shell

    width: 1080
    height: 1920
    color: Theme.page
    title: window.shell.place

    Shell {
        anchors.fill: parent
        shell: window.shell
    }
}
