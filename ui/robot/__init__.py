# SPDX-License-Identifier: Apache-2.0
"""A scripted resident: sees only what is on the glass, acts only by touching it.

Used by the headless demo and by tests; the terminal itself never imports it.
"""
