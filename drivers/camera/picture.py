# SPDX-License-Identifier: Apache-2.0
"""What all camera code calls a picture."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]
"""Height × width × 3 bytes: blue, green, red."""
