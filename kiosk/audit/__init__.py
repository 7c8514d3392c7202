# SPDX-License-Identifier: Apache-2.0
"""The event chain: who did what at this terminal, written so that a change afterwards shows."""

from kiosk.audit.chain import AuditFieldError, Checkpoint, Event
from kiosk.audit.log import AuditLog
from kiosk.audit.verification import Finding, Report, read_events, verify

__all__ = [
    "AuditFieldError",
    "AuditLog",
    "Checkpoint",
    "Event",
    "Finding",
    "Report",
    "read_events",
    "verify",
]
