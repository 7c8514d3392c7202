# SPDX-License-Identifier: Apache-2.0
"""Device adapters of the terminal: blocking Python, one operating-system process per device slot."""
