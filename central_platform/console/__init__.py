# SPDX-License-Identifier: Apache-2.0
"""The operations console: what hosts and operators look at in the morning. Pages are made here, not in the browser."""
