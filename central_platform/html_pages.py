# SPDX-License-Identifier: Apache-2.0
"""The one door to WeasyPrint: loaded late, because it takes 0.7 s, and its side effect taken back.

Importing it tells Pillow, for the whole process, to accept pictures that were cut off
(``ImageFile.LOAD_TRUNCATED_IMAGES``). A scan or an upload that lost its end must stay an error.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from PIL import ImageFile

if TYPE_CHECKING:
    from types import ModuleType

_loading = threading.Lock()


def weasyprint_module() -> ModuleType:
    """Return WeasyPrint; the first call loads it."""
    with _loading:
        truncated_allowed = ImageFile.LOAD_TRUNCATED_IMAGES
        import weasyprint  # noqa: PLC0415 - see above

        ImageFile.LOAD_TRUNCATED_IMAGES = truncated_allowed
    module: ModuleType = weasyprint
    return module


def pdf_of(html: str) -> bytes:
    """Return a page as PDF; it may name nothing outside itself."""
    return bytes(weasyprint_module().HTML(string=html, url_fetcher=_nothing).write_pdf())


def _nothing(url: str, *_args: object, **_options: object) -> dict[str, object]:
    raise ValueError(f"a page must not fetch {url.partition(':')[0]} addresses")
