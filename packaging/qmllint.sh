#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Checks all QML: qmllint may not warn, qmlformat may not want to change anything.
# Needs .venv (./run or ./test make it).
#   packaging/qmllint.sh          checks
#   packaging/qmllint.sh --fix    lets qmlformat change the files first
set -eu
cd "$(dirname "$0")/.."
bin=.venv/bin
types=$(mktemp -d)
trap 'rm -rf "$types"' EXIT
qt=$($bin/python -c 'import PySide6, pathlib; print(pathlib.Path(PySide6.__file__).parent / "Qt")')

foreign="$qt/metatypes/qt6core_metatypes.json,$qt/metatypes/qt6qml_metatypes.json,$types/Hall24.Models.json"

# The types that Python registers, told to qmllint as a C++ module tells its own.
modules=$(QT_QPA_PLATFORM=offscreen PYTHONPATH=. $bin/python packaging/qml_types.py "$types")
for module in $modules; do
    folder="$types/$(echo "$module" | tr . /)"
    mkdir -p "$folder"
    # What the registrar says is about JavaScript bases of C++ types; only its failure matters.
    $bin/pyside6-qmltyperegistrar "$types/$module.json" \
        --generate-qmltypes "$folder/types.qmltypes" -o "$folder/registration.cpp" \
        --import-name "$module" --major-version 1 --minor-version 0 \
        --foreign-types "$foreign" 2>"$folder/said" || { cat "$folder/said" >&2; exit 1; }
    printf 'module %s\ntypeinfo types.qmltypes\n' "$module" >"$folder/qmldir"
    # A model may hand out another module's types, such as Rows.
    if [ "$module" = Hall24.Models ]; then
        # The registrar loses a base that another QML module has: items painted in Python get theirs back.
        sed -i 's/^\( *\)name: "\([A-Za-z]*Item\)"$/&\n\1prototype: "QQuickPaintedItem"/' "$folder/types.qmltypes"
        echo "depends QtQuick" >>"$folder/qmldir"
    else
        echo "depends Hall24.Models" >>"$folder/qmldir"
    fi
done

find ui/qml -name '*.qml' | sort >"$types/files"
if [ "${1:-}" = --fix ]; then
    while read -r file; do $bin/pyside6-qmlformat -i "$file"; done <"$types/files"
fi
# shellcheck disable=SC2046 # our file names have no spaces
$bin/pyside6-qmllint --ignore-settings --max-warnings 0 -I ui/qml -I "$types" $(cat "$types/files")
wrong=0
while read -r file; do
    # qmlformat has no checking mode of its own.
    $bin/pyside6-qmlformat "$file" >"$types/formatted" && diff -u "$file" "$types/formatted" || wrong=1
done <"$types/files"
[ $wrong = 0 ] || { echo "qmlformat: packaging/qmllint.sh --fix changes these" >&2; exit 1; }
echo "qmllint, qmlformat: $(wc -l <"$types/files") files, nothing to say"
