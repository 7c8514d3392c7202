# SPDX-License-Identifier: Apache-2.0
"""``python -m kiosk``."""

from kiosk.cli import main

main()
