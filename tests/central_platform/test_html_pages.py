# SPDX-License-Identifier: Apache-2.0
"""Loading WeasyPrint does not make cut-off pictures acceptable elsewhere."""

from __future__ import annotations

import subprocess
import sys


def test_loading_it_leaves_pillow_strict_about_cut_off_pictures() -> None:
    code = (
        "from PIL import ImageFile; from central_platform.html_pages import weasyprint_module;"
        "weasyprint_module(); print(ImageFile.LOAD_TRUNCATED_IMAGES)"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.split() == ["False"]
