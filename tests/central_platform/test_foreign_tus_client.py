# SPDX-License-Identifier: Apache-2.0
"""Somebody else's tus client (tuspy) against our uploads, and what of tus 1.0.0 holds here."""

from __future__ import annotations

import hashlib
import io
from typing import Any
from uuid import uuid4

import pytest
import requests
from tusclient.client import TusClient
from tusclient.exceptions import TusCommunicationError

from central_platform.api.access import access_token
from tests.central_platform.conftest import Desk

DATA = bytes(range(256)) * 2048
OFFSET_TYPE = "application/offset+octet-stream"


def metadata(data: bytes = DATA) -> dict[str, str]:
    return {
        "submission": str(uuid4()),
        "part": "payload",
        "sha256": hashlib.sha256(data).hexdigest(),
    }


def headers(desk: Desk) -> dict[str, str]:
    token = access_token(desk.running.context, desk.enrolled.terminal)
    return {"Authorization": f"Bearer {token}"}


def uploader(desk: Desk, told: dict[str, str], data: bytes = DATA, **options: Any) -> Any:
    client = TusClient(f"{desk.running.url}/v1/files", headers=headers(desk))
    return client.uploader(
        file_stream=io.BytesIO(data), chunk_size=100_000, metadata=told, **options
    )


def name_of(url: str) -> str:
    return url.rpartition("/")[2]


def test_it_uploads_in_pieces_and_the_bytes_are_the_same(desk: Desk) -> None:
    sending = uploader(desk, metadata())
    sending.upload()
    assert desk.running.context.parts.read(name_of(sending.url)) == DATA


def test_a_client_that_was_killed_goes_on_where_it_was_in_a_new_one(desk: Desk) -> None:
    first = uploader(desk, metadata())
    first.upload(stop_at=300_000)
    url = first.url
    del first
    again = uploader(desk, {}, url=url)
    assert again.offset == 300_000
    again.upload()
    assert desk.running.context.parts.read(name_of(url)) == DATA


def test_creating_it_again_after_a_lost_answer_leads_to_the_same_upload(desk: Desk) -> None:
    told = metadata()
    first = uploader(desk, told)
    first.upload(stop_at=200_000)
    second = uploader(desk, told)
    second.set_url(second.create_url())
    assert second.url == first.url
    assert second.get_offset() == 200_000


def test_a_wrong_offset_is_409_and_nothing_is_written(desk: Desk) -> None:
    sending = uploader(desk, metadata())
    sending.upload(stop_at=200_000)
    answer = requests.patch(
        sending.url,
        data=b"x",
        headers={
            **headers(desk),
            "Tus-Resumable": "1.0.0",
            "Content-Type": OFFSET_TYPE,
            "Upload-Offset": "7",
        },
        timeout=20,
    )
    assert (answer.status_code, answer.headers["Upload-Offset"]) == (409, "200000")
    sending.upload()
    assert desk.running.context.parts.read(name_of(sending.url)) == DATA


def test_an_upload_that_is_gone_is_404(desk: Desk) -> None:
    sending = uploader(desk, metadata())
    sending.upload(stop_at=100_000)
    desk.running.context.parts.discard(name_of(sending.url))
    with pytest.raises(TusCommunicationError) as caught:
        uploader(desk, {}, url=sending.url)
    assert caught.value.status_code == 404


def test_bytes_that_are_not_what_was_announced_are_460_and_the_upload_is_empty_again(
    desk: Desk,
) -> None:
    sending = uploader(desk, metadata(b"something else"), retries=0)
    with pytest.raises(TusCommunicationError) as caught:
        sending.upload()
    assert caught.value.status_code == 460
    assert desk.running.context.parts.offset(name_of(sending.url)) == 0


def test_what_is_announced_is_what_is_there(desk: Desk) -> None:
    told = TusClient(f"{desk.running.url}/v1/files")
    answer = requests.options(told.url, timeout=20)
    assert answer.headers["Tus-Extension"] == "creation,creation-with-upload"
    assert answer.headers["Tus-Version"] == "1.0.0"
    assert int(answer.headers["Tus-Max-Size"]) == 64 * 1024 * 1024
    # A version that nobody speaks here is refused with the one that is.
    other = requests.head(
        f"{told.url}/{'0' * 40}", headers={**headers(desk), "Tus-Resumable": "0.2.2"}, timeout=20
    )
    assert (other.status_code, other.headers["Tus-Version"]) == (412, "1.0.0")
