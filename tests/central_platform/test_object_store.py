# SPDX-License-Identifier: Apache-2.0
"""Blobs in a folder and in an S3-compatible store behave alike; the store's own faults are met one by one."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import boto3
import pytest
import requests
from botocore.exceptions import ConnectionClosedError
from botocore.httpsession import URLLib3Session
from moto.server import ThreadedMotoServer

from central_platform.context import open_platform
from central_platform.storage.blobs import BlobDamagedError, BlobStoreAwayError, PartStore
from central_platform.storage.object_store import (
    FILE,
    ObjectStore,
    ObjectStoreSettings,
    ObjectStoreSetUpError,
    read_settings,
)
from central_platform.storage.parts import PartFiles
from central_platform.testing import running_platform
from kiosk.platform_client.enrolment import enrol
from kiosk.platform_client.v1 import PlatformV1
from kiosk.protocol.envelope import PlainAttachment
from tests.central_platform.conftest import Desk, SetClock

DATA = b"0123456789" * 1000
SHA256 = hashlib.sha256(DATA).hexdigest()


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    """Run an S3-compatible server on a socket."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    try:
        yield f"http://{host}:{port}"
    finally:
        server.stop()


def plain_client(endpoint: str) -> Any:
    return boto3.client(
        "s3",
        endpoint_url=endpoint,
        region_name="us-east-1",
        aws_access_key_id="invented",
        aws_secret_access_key="invented",
    )


@pytest.fixture
def settings(endpoint: str, tmp_path: Path) -> ObjectStoreSettings:
    bucket = f"hall24-{uuid4().hex[:12]}"
    client = plain_client(endpoint)
    client.create_bucket(Bucket=bucket)
    client.close()
    (tmp_path / "secret").write_text("invented\n")
    return ObjectStoreSettings(
        kind="s3",
        endpoint=endpoint,
        bucket=bucket,
        prefix="ganzhou/",
        access_key_file=tmp_path / "secret",
        secret_key_file=tmp_path / "secret",
    )


@pytest.fixture
def bucket(settings: ObjectStoreSettings) -> ObjectStore:
    return ObjectStore(settings)


@pytest.fixture(params=["folder", "bucket"])
def store(request: pytest.FixtureRequest, endpoint: str, tmp_path: Path) -> PartStore:
    assert endpoint  # the server is up before the test begins: it is not the test's left-over
    if request.param == "folder":
        return PartFiles(tmp_path)
    found: ObjectStore = request.getfixturevalue("bucket")
    return found


def test_an_upload_grows_starts_again_and_goes(store: PartStore) -> None:
    assert store.offset("ab") is None
    assert store.read("ab") is None
    store.create("ab")
    assert (store.offset("ab"), store.read("ab")) == (0, b"")
    store.append("ab", 0, DATA[:4000])
    store.append("ab", 4000, DATA[4000:])
    store.sync("ab")
    store.create("ab")  # again is no harm
    assert (store.offset("ab"), store.read("ab")) == (len(DATA), DATA)
    assert store.sha256("ab") == SHA256
    assert store.uploads() == ["ab"]
    assert store.uploads(idle_s=3600) == []
    store.start_again("ab")
    assert store.offset("ab") == 0
    store.discard("ab")
    store.discard("ab")
    assert store.uploads() == []
    with pytest.raises(ValueError, match="name"):
        store.create("../ab")


def test_the_same_bytes_again_from_the_beginning_are_no_harm(store: PartStore) -> None:
    store.create("ab")
    store.append("ab", 0, DATA[:4000])
    store.append("ab", 4000, DATA[4000:6000])
    store.append("ab", 0, DATA[:5000])  # a second attempt, in other pieces
    store.append("ab", 5000, DATA[5000:])
    assert store.read("ab") == DATA
    assert store.offset("ab") == len(DATA)


def test_an_attachment_is_kept_under_its_hash_and_twice_is_no_harm(store: PartStore) -> None:
    submission = uuid4()
    name = store.keep_attachment("T1", submission, SHA256, DATA)
    assert store.keep_attachment("T1", submission, SHA256, DATA) == name
    assert name == f"attachments/T1/{submission}/{SHA256}"
    assert store.attachment(name) == DATA
    for missing in (f"attachments/T1/{submission}/{'0' * 64}", "uploads/ab", "../x"):
        with pytest.raises(FileNotFoundError):
            store.attachment(missing)


def test_a_damaged_attachment_is_never_given_out(
    bucket: ObjectStore, settings: ObjectStoreSettings, tmp_path: Path
) -> None:
    folder = PartFiles(tmp_path)
    client = plain_client(settings.endpoint)
    for store in (bucket, folder):
        name = store.keep_attachment("T1", uuid4(), SHA256, DATA)
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"changed" + DATA)
        client.put_object(Bucket=settings.bucket, Key=f"ganzhou/{name}", Body=b"changed" + DATA)
        with pytest.raises(BlobDamagedError):
            store.attachment(name)
    client.close()


def test_a_piece_that_never_arrived_ends_the_upload_there(
    bucket: ObjectStore, settings: ObjectStoreSettings
) -> None:
    bucket.create("ab")
    for start in (0, 3000, 6000):
        bucket.append("ab", start, DATA[start : start + 3000])
    client = plain_client(settings.endpoint)
    client.delete_object(Bucket=settings.bucket, Key="ganzhou/uploads/ab/000000003000")
    client.close()
    assert bucket.offset("ab") == 3000
    assert bucket.read("ab") == DATA[:3000]
    bucket.append("ab", 3000, DATA[3000:6000])
    assert bucket.offset("ab") == 9000


def test_what_stays_away_is_said_and_what_comes_back_is_tried_again(
    bucket: ObjectStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[str] = []
    real = URLLib3Session.send
    monkeypatch.setattr("botocore.endpoint.time.sleep", lambda _s: None)

    def cut(fails: int) -> Callable[..., Any]:
        def send(self: Any, asked: Any) -> Any:
            sent.append(asked.method)
            if len(sent) <= fails:
                raise ConnectionClosedError(endpoint_url=asked.url)
            return real(self, asked)

        return send

    bucket.create("ab")
    monkeypatch.setattr(URLLib3Session, "send", cut(2))
    bucket.append("ab", 0, DATA)
    assert sent == ["PUT"] * 3
    sent.clear()
    monkeypatch.setattr(URLLib3Session, "send", cut(100))
    with pytest.raises(BlobStoreAwayError):
        bucket.append("ab", 0, DATA)
    assert len(sent) == 5


def test_a_platform_with_a_bucket_keeps_what_a_terminal_delivers(
    settings: ObjectStoreSettings, fresh_platform: Path, tmp_path: Path, hall_clock: SetClock
) -> None:
    data = tmp_path / "platform"
    shutil.copytree(fresh_platform, data)
    write_settings(data, settings)
    with running_platform(data, now=hall_clock) as running:
        enrolled = enrol(running.url, running.enrolment_token(), tmp_path / "terminal")
        client = PlatformV1(enrolled, wall=lambda: hall_clock().timestamp())
        desk = Desk(running, hall_clock, enrolled, client)
        paper = PlainAttachment(name="a.pdf", media_type="application/pdf", data=DATA * 70)
        sealed = desk.seal(attachments=(paper,))
        assert desk.deliver(sealed) == desk.deliver(sealed)
        client.close()
        name = f"attachments/{enrolled.terminal}/{sealed.manifest.id}/"
        digest = hashlib.sha256(paper.data).hexdigest()
        assert running.context.parts.attachment(name + digest) == paper.data
        assert running.context.parts.uploads() == []
    assert list((data / "attachments").iterdir()) == []


def write_settings(data: Path, settings: ObjectStoreSettings) -> None:
    told = settings.model_dump(mode="json", exclude_none=True)
    (data / FILE).write_text("\n".join(f'{key} = "{value}"' for key, value in told.items()))


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"secret_key_file": None}, "secret_key"),
        ({"access_key_file": "/nowhere"}, "/nowhere"),
        ({"bucket": "no-such-bucket"}, "no-such-bucket"),
        ({"secret_key": "sesame"}, "secret_key"),
        ({"endpoint": "objects"}, "endpoint"),
        ({"kind": "tape"}, "kind"),
    ],
)
def test_settings_that_cannot_work_are_one_line_without_secrets(
    settings: ObjectStoreSettings,
    fresh_platform: Path,
    tmp_path: Path,
    change: dict[str, str | None],
    says: str,
) -> None:
    data = tmp_path / "platform"
    shutil.copytree(fresh_platform, data)
    told = settings.model_dump(mode="json") | change
    (data / FILE).write_text(
        "\n".join(f'{key} = "{value}"' for key, value in told.items() if value is not None)
    )
    with pytest.raises(ObjectStoreSetUpError, match=says) as caught:
        open_platform(data)
    assert "\n" not in str(caught.value)
    assert "sesame" not in str(caught.value)


def test_without_the_file_blobs_lie_in_the_folder(tmp_path: Path) -> None:
    assert read_settings(tmp_path) is None


def test_the_double_speaks_http(endpoint: str) -> None:
    """The tests above go over a socket, not into a patched library."""
    assert requests.get(f"{endpoint}/moto-api/", timeout=20).status_code == 200
