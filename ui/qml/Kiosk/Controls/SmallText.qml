// SPDX-License-Identifier: Apache-2.0
import QtQuick
import Kiosk

BodyText {
    color: Theme.quiet
    font.pixelSize: Theme.small
}
