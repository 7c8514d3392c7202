# SPDX-License-Identifier: Apache-2.0
"""How long a promised time may take where other things run beside the tests; drivers use it, too."""

from drivers.testing.patience import patience

__all__ = ["patience"]
