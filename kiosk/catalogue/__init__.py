# SPDX-License-Identifier: Apache-2.0
"""Service items on the terminal: can it be finished here, how it is found, whether answers are valid."""
