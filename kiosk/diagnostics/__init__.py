# SPDX-License-Identifier: Apache-2.0
"""Is this terminal fit for residents? Checks that give a verdict by themselves, their history, the report.

``machine_checks``, ``network_path`` and ``keeping_checks`` look at what is not a device; devices judge themselves
(``drivers``, verb ``diagnose``). ``history`` keeps every finding, so that a trend can be told; ``report`` makes
the readiness report. Nothing here touches a resident's data.
"""

from kiosk.diagnostics.finding import Finding, ready, worst

__all__ = ["Finding", "ready", "worst"]
