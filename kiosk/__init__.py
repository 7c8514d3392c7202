# SPDX-License-Identifier: Apache-2.0
"""The core of the terminal: no Qt, no device I/O, no HTTP outside ``platform_client``."""
