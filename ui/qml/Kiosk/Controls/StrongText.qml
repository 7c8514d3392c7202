// SPDX-License-Identifier: Apache-2.0
import QtQuick
import Kiosk

BodyText {
    font.pixelSize: Theme.strong
    font.weight: Font.DemiBold
}
