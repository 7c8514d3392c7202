#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Writes packaging/requirements.lock, -dev.lock and -fuzz.lock anew from pyproject.toml: exact
# versions and the hashes of every file. Needs uv (`.venv/bin/pip install uv`), which nothing else does.

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

lock() {
  .venv/bin/uv pip compile --quiet --generate-hashes --no-header --no-emit-index-url \
    --no-emit-find-links --python-version 3.11 "$@"
}

lock --extra dev --extra bench --extra smart-card --extra object-store pyproject.toml --output-file packaging/requirements-dev.lock
# What ships is what was tested: the same versions, fewer of them.
lock --constraint packaging/requirements-dev.lock pyproject.toml --output-file packaging/requirements.lock
.venv/bin/python -c 'import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["project"]["optional-dependencies"]["fuzz"], sep="\n")' |
  lock - --output-file packaging/requirements-fuzz.lock
