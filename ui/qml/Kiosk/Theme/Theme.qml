// SPDX-License-Identifier: Apache-2.0
// The only place with numbers and colours. Lengths are millimetres on the glass.
pragma Singleton

import QtQuick

QtObject {
    id: theme

    // The shell sets these.
    property bool elder: false
    property bool contrast: false
    property bool low: false
    property real sceneWidth: 1080
    property real sceneHeight: 1920
    property real dpi: 0

    readonly property bool picture: !contrast && !(elder && !low)
    readonly property bool portrait: sceneHeight >= sceneWidth

    // Everything is drawn for a glass of 268 × 476 mm (21.5 inches, 16:9). Other panels and windows
    // scale to fit; on a smaller panel the profile's dpi may ask for more, as far as the layout bears.
    readonly property real fit: portrait ? Math.min(sceneWidth / 268, sceneHeight / 476) : Math.min(sceneWidth / 476, sceneHeight / 268)
    readonly property real unit: dpi > 0 ? Math.max(fit, Math.min(dpi / 25.4, fit * 1.15)) : fit

    function mm(length: real): real {
        return Math.round(length * theme.unit);
    }

    function rgb(ink: color): string {
        return ink.toString().slice(1);
    }

    // Text
    readonly property string family: "Noto Sans CJK SC"
    readonly property real body: mm(elder ? 16 : 8)
    readonly property real small: Math.ceil(body * 0.85)
    readonly property real strong: Math.round(body * (elder ? 1.05 : 1.2))
    readonly property real heading: Math.round(body * (elder ? (portrait ? 1.3 : 1.15) : 1.6))
    readonly property real big: Math.round(body * (elder ? (portrait ? 1.7 : 1.3) : 2.4))
    readonly property real display: Math.round(body * (elder ? 1.45 : 2.9))
    readonly property real countdown: mm(elder ? 40 : 30)
    readonly property real headingLine: 0.92

    // Grid
    readonly property real grid: mm(4)
    readonly property real tight: mm(2)
    readonly property real gap: mm(5)
    readonly property real wide: mm(8)
    readonly property real margin: mm(12)
    readonly property real padding: mm(elder ? 6 : 7)
    readonly property real radius: mm(4)
    readonly property real pill: mm(40)
    readonly property real hairline: Math.max(1, mm(contrast ? 0.7 : 0.4))
    readonly property real line: Math.max(2, mm(contrast ? 1 : 0.7))
    readonly property real focusRing: mm(2)

    // Targets
    readonly property real touch: Math.ceil((elder ? 26 : 20) * unit)
    readonly property real button: Math.ceil((elder ? 32 : 24) * unit)
    readonly property real key: Math.ceil((elder ? 26 : 20) * unit)
    readonly property real padKey: portrait && !low && !elder ? mm(27) : key
    readonly property real keyGap: mm(elder ? 5 : 4.8)
    readonly property real padWidth: mm(elder ? 240 : 190)

    // Icons
    readonly property real iconSmall: Math.round(body * 1.05)
    readonly property real icon: Math.round(body * 1.35)
    readonly property real iconLarge: mm(elder ? 22 : 16)
    readonly property real iconHuge: mm(elder ? 32 : 28)

    // The frame
    readonly property real headerHeight: elder && portrait ? mm(51) : portrait ? mm(low ? 30 : 32) : mm(elder ? 25 : 24)
    readonly property real footerCell: portrait ? Math.max(touch, mm(elder ? 30 : 27)) : mm(elder ? 31 : 20.5)
    readonly property real stepsHeight: elder ? mm(portrait ? 30 : 23) : portrait ? mm(26) : mm(16)
    readonly property real sideWidth: mm(elder ? 150 : 118)
    readonly property real sheetWidth: mm(elder ? 236 : 210)
    // Large text in low position needs the height more than the picture does.
    readonly property real lowQuiet: !low ? 0 : Math.round(sceneHeight * (portrait ? (elder ? 0.14 : 0.36) : (elder ? 0 : 0.16)))
    readonly property real drawing: mm(92)
    readonly property real qr: mm(portrait ? 56 : 46)
    readonly property real signature: mm(portrait && !low && !elder ? 100 : portrait ? 72 : 52)

    // Motion
    readonly property int quick: contrast ? 0 : 150
    readonly property int second: 1000
    readonly property int staffHold: 2000

    // Colours
    readonly property color page: contrast ? "#000000" : "#F4F6F9"
    readonly property color surface: contrast ? "#000000" : "#FFFFFF"
    readonly property color sunken: contrast ? "#000000" : "#EDF1F6"
    readonly property color edge: contrast ? "#FFFFFF" : "#D8DFE9"
    readonly property color edgeStrong: contrast ? "#FFFFFF" : "#5A6B80"
    readonly property color text: contrast ? "#FFFFFF" : "#12202F"
    readonly property color quiet: contrast ? "#FFFFFF" : "#3B4859"
    readonly property color disabledText: contrast ? "#C8C8C8" : "#4A5869"
    readonly property color primary: contrast ? "#FFE600" : "#0B3D91"
    readonly property color primaryPressed: contrast ? "#FFFFFF" : "#072A66"
    readonly property color primaryText: contrast ? "#000000" : "#FFFFFF"
    readonly property color tint: contrast ? "#000000" : "#E8EFFA"
    readonly property color tintPressed: contrast ? "#4A4400" : "#CFDDF3"
    readonly property color surfacePressed: contrast ? "#4A4400" : "#E1E9F5"
    readonly property color focus: contrast ? "#FFE600" : "#0B3D91"
    readonly property color focusEdge: contrast ? "#000000" : "#FFFFFF"
    readonly property color scrim: contrast ? "#E6000000" : "#990A1A33"
    readonly property color paper: "#FFFFFF"
    readonly property color paperEdge: "#C9D2DE"
    readonly property color paperQuiet: "#3B4859"
    readonly property color ink: "#000000"
    readonly property color shadowNear: contrast ? "#00000000" : "#0A12305A"
    readonly property color shadowFar: contrast ? "#00000000" : "#0612305A"

    readonly property color good: contrast ? "#FFFFFF" : "#0A5A34"
    readonly property color goodTint: contrast ? "#000000" : "#E7F4EC"
    readonly property color warning: contrast ? "#FFFFFF" : "#5A3A00"
    readonly property color warningTint: contrast ? "#000000" : "#FFF3D1"
    readonly property color wrong: contrast ? "#FFFFFF" : "#98121B"
    readonly property color wrongTint: contrast ? "#000000" : "#FCEBEC"
    readonly property color lit: contrast ? "#FFE600" : "#FFB300"

    // The night sky of the header and the first screen
    readonly property color skyTop: contrast ? "#000000" : "#061F52"
    readonly property color skyMiddle: contrast ? "#000000" : "#0B3D91"
    readonly property color skyBottom: contrast ? "#000000" : "#2A63B8"
    readonly property color river: contrast ? "#000000" : "#08275C"
    readonly property color skyText: "#FFFFFF"
    readonly property color skyQuiet: contrast ? "#FFFFFF" : "#D6E3FA"
    readonly property color skyEdge: contrast ? "#FFFFFF" : "#4D79C4"

    // The drawing of the machine
    readonly property color machine: contrast ? "#000000" : "#DCE5F2"
    readonly property color machineDark: contrast ? "#FFFFFF" : "#8EA3C2"
    readonly property color machineGlass: contrast ? "#000000" : "#0B3D91"

    function toneInk(tone: string): color {
        return tone === "good" ? good : tone === "warning" ? warning : tone === "wrong" ? wrong : quiet;
    }

    function toneTint(tone: string): color {
        return tone === "good" ? goodTint : tone === "warning" ? warningTint : tone === "wrong" ? wrongTint : sunken;
    }
}
