# SPDX-License-Identifier: Apache-2.0
"""Serving a platform on one address until it is told to stop."""

from __future__ import annotations

import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import uvicorn

from central_platform.app import create_app
from central_platform.context import PlatformContext
from central_platform.html_pages import weasyprint_module
from central_platform.intake import sweep_uploads
from central_platform.watching import FleetWatch

_KEEP_ALIVE_S = 75
"""Longer than a terminal's pause between two questions, so that it need not connect again."""
_SHUTDOWN_S = 5
_ENDING = (signal.SIGTERM, signal.SIGINT)


class AddressTakenError(Exception):
    """Somebody else listens there, or we may not; one plain line."""


class PlatformServer:
    """A server on ``host:port`` (0 chooses a free one).

    The port is taken at construction, so :attr:`url` is right before anything is served, and a taken
    port is said at once; or ``listener`` is served, which several workers may share. :meth:`run` blocks;
    :meth:`stop` may be called from any thread.
    """

    def __init__(
        self,
        platform: PlatformContext,
        host: str = "127.0.0.1",
        port: int = 0,
        *,
        listener: socket.socket | None = None,
    ) -> None:
        self._platform = platform
        self._socket = listener or listen(host, port)
        self.url = url_of(self._socket)
        self._server = _Server(
            uvicorn.Config(
                create_app(platform),
                access_log=False,  # ours has no addresses in it
                log_config=None,
                lifespan="off",
                timeout_keep_alive=_KEEP_ALIVE_S,
                timeout_graceful_shutdown=_SHUTDOWN_S,
                server_header=False,
            )
        )

    def run(self, on_ready: Callable[[], None] = lambda: None) -> None:
        """Serve until :meth:`stop` or a signal; ``on_ready`` is called once requests are answered."""
        sweep_uploads(self._platform)
        self._server.on_ready = on_ready
        watch = FleetWatch(self._platform)
        watch.start()
        try:
            self._server.run(sockets=[self._socket])
        finally:
            watch.stop()
            self._socket.close()

    def stop(self) -> None:
        """Ask the server to finish what it is answering and end."""
        self._server.should_exit = True


class _Server(uvicorn.Server):
    on_ready: Callable[[], None] = staticmethod(lambda: None)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self.on_ready()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """End quietly on SIGTERM and Ctrl-C; uvicorn's own way raises them again at the end."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {each: signal.signal(each, self.handle_exit) for each in _ENDING}
        try:
            yield
        finally:
            for each, handler in before.items():
                signal.signal(each, handler)


def warm_up_documents() -> threading.Thread:
    """Load what the first document needs, beside the first requests; returns the running thread."""

    def load() -> None:
        import pyhanko.sign  # noqa: F401, PLC0415 - loading is the point

        weasyprint_module()

    thread = threading.Thread(target=load, name="warm-up-documents", daemon=True)
    thread.start()
    return thread


def url_of(listener: socket.socket) -> str:
    """Return the address under which a listening socket is reached."""
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def listen(host: str, port: int) -> socket.socket:
    """Take an address. Raises :class:`AddressTakenError`."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # asyncio sends without Nagle's delay only where the protocol is named; else each answer whose body
    # follows its head waits some 40 ms for the other side's acknowledgement.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(512)
    except (OSError, OverflowError) as error:
        listener.close()
        reason = getattr(error, "strerror", None) or str(error)
        raise AddressTakenError(f"{host}:{port}: {reason}") from None
    return listener
