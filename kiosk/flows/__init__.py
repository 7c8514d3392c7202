# SPDX-License-Identifier: Apache-2.0
"""The session's state machine: pure, with the clock injected. Intents and events in, views and effects out."""
