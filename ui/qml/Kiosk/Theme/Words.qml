// SPDX-License-Identifier: Apache-2.0
// The fixed labels in the session's language; the shell sets the table. A binding that calls t() is
// evaluated again when the language changes, because t() reads the table.
pragma Singleton

import QtQuick

QtObject {
    id: words

    property var table: ({})

    function t(key: string): string {
        return words.table[key] ?? key;
    }

    function fill(key: string, params: var): string {
        return words.t(key).replace(/\{(\w+)\}/g, (whole, name) => params[name] ?? whole);
    }
}
