// SPDX-License-Identifier: Apache-2.0
// The window. Who starts it gives words for the opening, later the shell, and decides between full screen
// and a window. The opening stays until the shell has something to show.
pragma ComponentBehavior: Bound

import QtQuick
import Kiosk

Window {
    id: window

    property var shell: null
    property var openingWords: ({})
    property real dpi: 0
    // Whether the shell is loaded piece by piece, between frames.
    property bool gently: false
    // Somebody touched the opening.
    property bool wanted: false
    readonly property bool broken: house.status === Loader.Error
    readonly property bool open: house.status === Loader.Ready && window.shell.screen !== ""

    width: 1080
    height: 1920
    color: Theme.page
    title: window.shell?.place ?? ""
    onShellChanged: {
        house.setSource("Shell.qml", {
            "shell": window.shell
        });
        if (window.wanted)
            window.shell.act("start");
    }
    onWantedChanged: window.shell?.act("start")

    Binding {
        target: Theme
        property: "sceneWidth"
        value: window.width
        when: window.width > 0 && window.height > 0
    }
    Binding {
        target: Theme
        property: "sceneHeight"
        value: window.height
        when: window.width > 0 && window.height > 0
    }
    Binding {
        target: Theme
        property: "dpi"
        value: window.dpi
    }
    Binding {
        target: Words
        property: "table"
        value: window.shell?.words ?? window.openingWords
    }

    Loader {
        id: house

        anchors.fill: parent
        asynchronous: window.gently
        visible: window.open
    }
    Loader {
        anchors.fill: parent
        active: !window.open
        sourceComponent: Opening {
            words: window.openingWords
            onWantedChanged: window.wanted = wanted
        }
    }
}
