# SPDX-License-Identifier: Apache-2.0
"""What operators, hosts and officers ask and do: plain functions on a session, for routes and for the console."""
