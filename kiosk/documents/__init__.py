# SPDX-License-Identifier: Apache-2.0
"""Papers: local receipt numbers, slips, and the check of a sealed document before it is printed."""
