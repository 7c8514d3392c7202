# SPDX-License-Identifier: Apache-2.0
"""The way to the central platform: the port that the core knows, and protocol version 1 behind it."""
