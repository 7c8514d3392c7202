# SPDX-License-Identifier: Apache-2.0
"""The address that a platform listens on."""

from __future__ import annotations

import asyncio
import socket

import pytest

from central_platform.serving import AddressTakenError, listen


def test_answers_leave_at_once_instead_of_waiting_for_an_acknowledgement() -> None:
    listener = listen("127.0.0.1", 0)

    async def no_delay_of_a_served_connection() -> int:
        seen: asyncio.Future[int] = asyncio.get_running_loop().create_future()

        async def serve(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            connection = writer.get_extra_info("socket")
            seen.set_result(connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
            writer.close()
            await writer.wait_closed()

        async with await asyncio.start_server(serve, sock=listener):
            _, writer = await asyncio.open_connection(*listener.getsockname())
            writer.close()
            await writer.wait_closed()
            return await seen

    assert asyncio.run(no_delay_of_a_served_connection()) != 0


def test_a_taken_address_is_one_line() -> None:
    with listen("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(AddressTakenError, match=rf"^127\.0\.0\.1:{port}: .+$"):
            listen("127.0.0.1", port)
