# SPDX-License-Identifier: Apache-2.0
"""What every driver has to pass, and virtual wires to test protocols without waiting."""
