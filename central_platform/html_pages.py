# SPDX-License-Identifier: Apache-2.0
"""The one door to WeasyPrint: loaded late, because it takes 0.7 s, and its side effect taken back.

Pages are laid out on one thread for the life of the process: Pango keeps its fonts per thread, a Chinese one takes
some 20 MB, and what a thread of a server's pool held is not given back when the pool lets it go.

Importing it tells Pillow, for the whole process, to accept pictures that were cut off
(``ImageFile.LOAD_TRUNCATED_IMAGES``). A scan or an upload that lost its end must stay an error.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Final, TypeVar

from PIL import ImageFile

if TYPE_CHECKING:
    from types import ModuleType

T = TypeVar("T")

_loading = threading.Lock()
_typesetter: Final = ThreadPoolExecutor(1, thread_name_prefix="typesetter")


def typeset(work: Callable[[], T]) -> T:
    """Return what ``work`` returns, or raise what it raises; it runs on the thread that lays out pages.

    ``work`` may not call this again: it would wait for itself.
    """
    return _typesetter.submit(work).result()


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
    page = weasyprint_module().HTML
    return typeset(lambda: bytes(page(string=html, url_fetcher=_nothing).write_pdf()))


def _nothing(url: str, *_args: object, **_options: object) -> dict[str, object]:
    raise ValueError(f"a page must not fetch {url.partition(':')[0]} addresses")
