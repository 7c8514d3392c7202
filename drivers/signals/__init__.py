# SPDX-License-Identifier: Apache-2.0
"""Signals: lamps at the slots, beeper, sensors of the cabinet, and what feeds the terminal."""
