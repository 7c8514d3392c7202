// SPDX-License-Identifier: Apache-2.0
// A column that turns pages instead of scrolling: what does not fit stands on the next page, and
// nothing is cut through. Containers with `breakInside` may be divided between their children; a child with
// `keepWithNext` (a heading) never stands last on a page.
import QtQuick
import QtQuick.Layouts
import Kiosk

Item {
    id: paged

    default property alias entries: column.data
    property real spacing: Theme.gap
    property int page: 0
    // What the column is about; another topic begins on its first page.
    property string topic: ""
    readonly property var spans: breaks()
    readonly property int pages: spans.length
    readonly property int shownPage: Math.min(page, pages - 1)
    readonly property real shownStart: spans[shownPage][0]
    readonly property real shownEnd: spans[shownPage][1]
    readonly property real room: pages > 1 ? height - pager.height - Theme.gap : height

    implicitHeight: column.implicitHeight
    onTopicChanged: page = 0

    function blocksOf(container: Item, offset: real, found: var): void {
        for (let place = 0; place < container.children.length; ++place) {
            const child = container.children[place];
            if (!child.visible || child.height <= 0 || child.z < 0)
                continue;
            if (child.breakInside === true)
                paged.blocksOf(child, offset + child.y, found);
            else
                found.push([offset + child.y, offset + child.y + child.height, child.keepWithNext === true]);
        }
    }

    // Where each page begins and ends, in the column.
    function breaks(): var {
        const all = column.implicitHeight;
        if (all <= paged.height + 1 || paged.height <= 0)
            return [[0, all]];
        const blocks = [];
        paged.blocksOf(column, 0, blocks);
        const room = Math.max(Theme.touch, paged.height - pager.height - Theme.gap);
        const spans = [];
        let start = 0;
        for (let place = 0; place < blocks.length; ++place) {
            const bottom = blocks[place][1];
            if (bottom - start <= room)
                continue;
            let first = place;
            while (first > 0 && blocks[first - 1][2])
                --first;
            if (blocks[first][0] <= start || bottom - blocks[first][0] > room)
                first = place;
            if (first > 0 && blocks[first][0] > start) {
                spans.push([start, blocks[first - 1][1] + Theme.hairline * 2]);
                start = blocks[first][0];
            }
            while (bottom - start > room) {
                spans.push([start, start + room]);
                start += room;
            }
        }
        spans.push([start, all]);
        return spans;
    }

    // Turns to the page on which an item stands; the keypad and the tests use it.
    function reveal(item: Item): void {
        const top = item.mapToItem(column, 0, 0).y;
        let place = 0;
        while (place + 1 < paged.pages && paged.spans[place + 1][0] <= top + 1)
            ++place;
        paged.page = place;
    }

    Item {
        width: parent.width
        height: Math.max(0, Math.min(paged.room, paged.shownEnd - paged.shownStart))
        clip: paged.pages > 1

        Column {
            id: column

            y: -paged.shownStart
            width: parent.width
            spacing: paged.spacing
        }
    }

    RowLayout {
        id: pager

        anchors.bottom: parent.bottom
        width: parent.width
        height: Theme.touch
        spacing: Theme.gap
        visible: paged.pages > 1

        BigButton {
            Layout.preferredWidth: 1
            Layout.fillWidth: true
            objectName: "page:previous"
            label: Words.t("previous")
            glyph: Theme.elder ? "" : "up"
            look: "quiet"
            enabled: paged.shownPage > 0
            onClicked: paged.page = paged.shownPage - 1
        }
        StrongText {
            Layout.alignment: Qt.AlignVCenter
            text: (paged.shownPage + 1) + " / " + paged.pages
            color: Theme.quiet
        }
        BigButton {
            Layout.preferredWidth: 1
            Layout.fillWidth: true
            objectName: "page:next"
            label: Words.t("next")
            glyph: Theme.elder ? "" : "down"
            look: "quiet"
            enabled: paged.shownPage + 1 < paged.pages
            onClicked: paged.page = paged.shownPage + 1
        }
    }
}
