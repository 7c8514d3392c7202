# SPDX-License-Identifier: Apache-2.0
"""The endpoints of protocol version 1, one router a group."""
