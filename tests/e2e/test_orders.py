# SPDX-License-Identifier: Apache-2.0
"""A technician far away has a device tested: platform, link, terminal, device process and audit, all real."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import requests
from terminal_rig import Rig

pytestmark = [pytest.mark.daemon, pytest.mark.slow]


def test_an_order_reaches_the_device_of_an_idle_terminal_and_its_result_comes_back(
    make_rig: Callable[..., Rig], eventually: Callable[..., None]
) -> None:
    rig = make_rig()
    rig.ready()
    rig.wait(lambda view: view.body.screen == "attract")
    operator = rig.platform.staff_token("operator")

    def ask(method: str, path: str, **options: Any) -> Any:
        answer = requests.request(
            method,
            f"{rig.platform.url}/v1/operations/terminals/{rig.enrolled.terminal}{path}",
            headers={"Authorization": f"Bearer {operator}"},
            timeout=20,
            **options,
        )
        assert answer.ok, answer.text
        return answer.json()

    detail = ask("GET", "")
    assert detail["terminal"]["health"] in {"working", "impaired"}
    slot = next(device["slot"] for device in detail["devices"] if "card" in device["slot"])
    ask("POST", "/commands", json={"kind": "self_test", "slot": slot})

    def ended() -> bool:
        (command,) = ask("GET", "")["commands"]
        return command["ended_at"] is not None

    eventually(ended, 60)
    (command,) = ask("GET", "")["commands"]
    assert (command["outcome"], command["code"]) == ("done", "")
    audit = "".join(
        path.read_text("utf-8")
        for path in sorted((rig.data_dir / "audit").glob("*"))
        if path.is_file()
    )
    assert "order.begun" in audit
    assert "order.ended" in audit
