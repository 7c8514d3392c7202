// SPDX-License-Identifier: Apache-2.0
import QtQuick
import Kiosk

BodyText {
    font.pixelSize: Theme.heading
    font.weight: Font.DemiBold
    lineHeight: Theme.headingLine
}
