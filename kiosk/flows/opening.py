# SPDX-License-Identifier: Apache-2.0
"""Opening an item: from home, from a life event, from a report that is rather a complaint."""

from __future__ import annotations

from kiosk.flows.known import fill_usual
from kiosk.flows.state import ITEM, Draft, Matter, State
from kiosk.protocol.catalogue import ServiceItem


def open_item(state: State, item: ServiceItem) -> State:
    """Open an item; answers for it are kept, those for another or for what was sent are dropped."""
    session = state.session
    same = session.item == item and session.draft.supplements is None
    if not same or session.matter.submission is not None:
        fresh = Draft(number=session.draft.number + 1)
        state = fill_usual(state.session_with(item=item, draft=fresh, matter=Matter()))
    return state.session_with(service="").at(ITEM)
