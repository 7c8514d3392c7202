# SPDX-License-Identifier: Apache-2.0
"""The bench panel: a window beside the windowed demo that steers the simulated devices.

A process of its own (``python -m ui.bench_panel --socket PATH``): it looks and is apart from the
terminal, and whatever it does cannot disturb the terminal's screen.
"""
