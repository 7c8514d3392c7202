# SPDX-License-Identifier: Apache-2.0
"""Harm done on purpose: cut, fill, flip, kill. What survives is counted, not believed.

Every gate works the same way: a *story* of submissions is told while something goes wrong, ``ledger`` notes
what was promised to whom, and at the end it compares that with what is stored and what the platform got.
``record`` keeps the figures and the seed that repeats them; ``publish`` makes docs/durability.md of them.

The quick set runs with every ``./test``; what is marked ``chaos`` is the long set (``./test --chaos``).
"""
