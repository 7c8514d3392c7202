// SPDX-License-Identifier: Apache-2.0
// Everything on the glass: the frame, one screen, the overlay.
pragma ComponentBehavior: Bound

import QtQuick
import Hall24.Models
import Kiosk

Item {
    id: root

    required property ShellModel shell
    readonly property bool idleScreen: shell.screen === "attract" || shell.screen === "out_of_service"
    readonly property bool covered: shell.overlay !== ""

    Binding {
        target: Theme
        property: "elder"
        value: root.shell.elder
    }
    Binding {
        target: Theme
        property: "contrast"
        value: root.shell.contrast
    }
    Binding {
        target: Theme
        property: "low"
        value: root.shell.low && !root.idleScreen
    }

    Timer {
        interval: Theme.second
        running: true
        repeat: true
        onTriggered: root.shell.tick()
    }

    Rectangle {
        anchors.fill: parent
        color: Theme.page
    }

    Sky {
        id: sky

        width: parent.width
        height: root.idleScreen ? parent.height - footer.height : Theme.lowQuiet
        water: (stage.item as Welcome)?.water ?? Theme.margin
        visible: root.idleScreen || Theme.low
    }

    Item {
        id: frame

        anchors.fill: parent
        anchors.topMargin: Theme.lowQuiet
        enabled: !root.covered

        Header {
            id: header

            width: parent.width
            shell: root.shell
            clear: root.idleScreen
        }
        StepBar {
            id: steps

            anchors.top: header.bottom
            width: parent.width
            height: visible ? implicitHeight : 0
            steps: root.shell.steps
        }
        Loader {
            id: stage

            anchors.top: steps.bottom
            anchors.bottom: footer.top
            width: parent.width
            sourceComponent: root.componentOf(root.shell.screen)
        }
        Footer {
            id: footer

            anchors.bottom: parent.bottom
            width: parent.width
            shell: root.shell
        }
    }

    Sheet {
        anchors.fill: parent
        shell: root.shell
    }

    function componentOf(screen: string): Component {
        switch (screen) {
        case "attract":
            return attract;
        case "home":
            return home;
        case "item":
            return item;
        case "identity":
            return identity;
        case "consent":
            return consent;
        case "form":
            return form;
        case "materials":
            return materials;
        case "scanning":
            return scanning;
        case "promise":
            return promise;
        case "review":
            return review;
        case "working":
            return working;
        case "receipt":
            return receipt;
        case "rating":
            return rating;
        case "goodbye":
            return goodbye;
        case "trouble":
            return trouble;
        case "out_of_service":
            return outOfService;
        case "choices":
            return choices;
        case "record":
            return record;
        default:
            return null;
        }
    }

    Component {
        id: attract

        AttractScreen {
            objectName: "screen:attract"
            shell: root.shell
            model: root.shell.attract
        }
    }
    Component {
        id: home

        HomeScreen {
            objectName: "screen:home"
            shell: root.shell
            model: root.shell.home
        }
    }
    Component {
        id: item

        ItemScreen {
            objectName: "screen:item"
            shell: root.shell
            model: root.shell.item
        }
    }
    Component {
        id: identity

        IdentityScreen {
            objectName: "screen:identity"
            shell: root.shell
            model: root.shell.identity
        }
    }
    Component {
        id: consent

        ConsentScreen {
            objectName: "screen:consent"
            shell: root.shell
            model: root.shell.consent
        }
    }
    Component {
        id: form

        FormScreen {
            objectName: "screen:form"
            shell: root.shell
            model: root.shell.form
        }
    }
    Component {
        id: materials

        MaterialsScreen {
            objectName: "screen:materials"
            shell: root.shell
            model: root.shell.materials
        }
    }
    Component {
        id: scanning

        ScanningScreen {
            objectName: "screen:scanning"
            shell: root.shell
            model: root.shell.scanning
        }
    }
    Component {
        id: promise

        PromiseScreen {
            objectName: "screen:promise"
            shell: root.shell
            model: root.shell.promise
        }
    }
    Component {
        id: review

        ReviewScreen {
            objectName: "screen:review"
            shell: root.shell
            model: root.shell.review
        }
    }
    Component {
        id: working

        WorkingScreen {
            objectName: "screen:working"
            shell: root.shell
            model: root.shell.working
        }
    }
    Component {
        id: receipt

        ReceiptScreen {
            objectName: "screen:receipt"
            shell: root.shell
            model: root.shell.receipt
        }
    }
    Component {
        id: rating

        RatingScreen {
            objectName: "screen:rating"
            shell: root.shell
            model: root.shell.rating
        }
    }
    Component {
        id: goodbye

        GoodbyeScreen {
            objectName: "screen:goodbye"
            shell: root.shell
            model: root.shell.goodbye
        }
    }
    Component {
        id: trouble

        TroubleScreen {
            objectName: "screen:trouble"
            shell: root.shell
            model: root.shell.trouble
        }
    }
    Component {
        id: outOfService

        OutOfServiceScreen {
            objectName: "screen:out_of_service"
            shell: root.shell
            model: root.shell.outOfService
        }
    }
    Component {
        id: choices

        ChoicesScreen {
            objectName: "screen:choices"
            shell: root.shell
            model: root.shell.choices
        }
    }
    Component {
        id: record

        RecordScreen {
            objectName: "screen:record"
            shell: root.shell
            model: root.shell.record
        }
    }
}
