# SPDX-License-Identifier: Apache-2.0
"""What the flow knows of the machine it runs on; it outlives sessions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from drivers.core import Status, Supply
from kiosk.catalogue.readiness import Surroundings
from kiosk.flows.events import ContentLoaded, LinkChanged, PlugChanged, SuppliesChanged
from kiosk.protocol.catalogue import Catalogue
from kiosk.protocol.messages import PlaceProfile
from kiosk.supplies.levels import Level
from kiosk.supplies.paper_watch import Consumable


def _no_content() -> Mapping[str, ContentLoaded]:
    return MappingProxyType({})


def _link_unknown() -> LinkChanged:
    return LinkChanged(online=False, code="starting")


def _no_statuses() -> Mapping[str, Status]:
    return MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Machine:
    """What works here. Nothing is taken for working before it said so."""

    statuses: Mapping[str, Status] = field(default_factory=_no_statuses)
    online: bool = False
    link_code: str = "starting"
    waiting: int = 0
    link: LinkChanged = field(default_factory=_link_unknown)
    """All that is known of the link, for staff."""
    catalogue: Catalogue | None = field(default=None, repr=False)
    catalogue_as_of: float = 0.0
    catalogue_fresh: bool = False
    content: Mapping[str, ContentLoaded] = field(default_factory=_no_content, repr=False)
    """What everybody may read, by its name in ``kiosk.protocol.services.CONTENT``, each with its date."""
    profile: PlaceProfile | None = None
    accepting: bool = False
    store_code: str = "starting"
    voice: str | None = None
    """Name of the engine that speaks; empty: there is none; ``None``: not known yet."""
    ending: str = ""
    """Why the terminal shuts down now; empty while it goes on."""
    ended: bool = False
    """The world was told that nothing of a session is left and it may end."""
    store_near: str = ""
    """Which limit of the queue is near, for staff."""
    plugged: PlugChanged | None = None
    """What was plugged in or pulled out last, for staff."""
    levels: tuple[Level, ...] = ()
    """Paper and toner, for staff and for the readiness gate."""

    @property
    def surroundings(self) -> Surroundings:
        """What the readiness gate looks at."""
        return Surroundings(
            statuses=self.statuses,
            online=self.online,
            link_code=self.link_code,
            accepting=self.accepting,
            store_code=self.store_code,
            nearest=self.profile.nearest if self.profile else (),
            sheets_left=self._sheets_left(),
        )

    def with_news_for_staff(self, event: SuppliesChanged | PlugChanged) -> Machine:
        """Take in what only staff ask for."""
        if isinstance(event, SuppliesChanged):
            return replace(self, levels=event.levels)
        return replace(self, plugged=event)

    def _sheets_left(self) -> float | None:
        """Return how many sheets of A4 are left where a count means something: not what an old sensor said."""
        for level in self.levels:
            if level.consumable is Consumable.SHEETS and level.state is not Supply.OUT:
                return level.left
        return None
