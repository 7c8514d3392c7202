# SPDX-License-Identifier: Apache-2.0
"""The set checker: what was promised against what is there.

::

    lost        acknowledged − (stored ∪ delivered)
    doubled     delivered more than once
    unexpected  delivered, but never submitted
    altered     delivered or stored, but not the bytes that were acknowledged

Submissions are named by whatever the gate likes (id, receipt number); ``digest`` is any hash of the content.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the comparison found; all empty when the promise was kept."""

    lost: frozenset[Hashable] = frozenset()
    doubled: frozenset[Hashable] = frozenset()
    unexpected: frozenset[Hashable] = frozenset()
    altered: frozenset[Hashable] = frozenset()

    @property
    def kept(self) -> bool:
        """Tell whether nothing was lost, doubled, made up or altered."""
        return not (self.lost or self.doubled or self.unexpected or self.altered)

    def __str__(self) -> str:
        return ", ".join(
            f"{len(names)} {what} ({', '.join(sorted(map(str, names))[:3])} …)"
            for what, names in (
                ("lost", self.lost),
                ("doubled", self.doubled),
                ("unexpected", self.unexpected),
                ("altered", self.altered),
            )
            if names
        )


@dataclass(slots=True)
class Ledger:
    """Notes what was tried and what was promised; :meth:`judge` compares."""

    submitted: dict[Hashable, str] = field(default_factory=dict)
    """Everything that was handed in, acknowledged or not: name → digest, empty when not known."""
    acknowledged: dict[Hashable, str] = field(default_factory=dict)
    """Everything a receipt was given for."""

    def submit(self, name: Hashable, digest: str = "") -> None:
        """Note that a submission was tried. It may come to nothing."""
        self.submitted[name] = digest

    def acknowledge(self, name: Hashable, digest: str = "") -> None:
        """Note that a receipt was given: from here on it must not be lost."""
        self.submitted.setdefault(name, digest)
        self.acknowledged[name] = digest

    def judge(
        self,
        *,
        stored: Mapping[Hashable, str] | Iterable[Hashable] = (),
        delivered: Iterable[Hashable | tuple[Hashable, str]] = (),
    ) -> Verdict:
        """Compare. ``stored``: names, or name → digest. ``delivered``: one name, or (name, digest), per record."""
        kept = dict(stored) if isinstance(stored, Mapping) else dict.fromkeys(stored, "")
        arrived = [one if isinstance(one, tuple) else (one, "") for one in delivered]
        times = Counter(name for name, _ in arrived)
        found = [*kept.items(), *arrived]
        return Verdict(
            lost=frozenset(self.acknowledged.keys() - kept.keys() - times.keys()),
            doubled=frozenset(name for name, count in times.items() if count > 1),
            unexpected=frozenset(times.keys() - self.submitted.keys()),
            altered=frozenset(
                name
                for name, digest in found
                if digest and (known := self.submitted.get(name)) and known != digest
            ),
        )
