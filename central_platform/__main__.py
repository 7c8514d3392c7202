# SPDX-License-Identifier: Apache-2.0
"""``python -m central_platform``."""

from __future__ import annotations

from central_platform.cli import main

main()
