# SPDX-License-Identifier: Apache-2.0
"""Code scanners: what a resident shows (赣通码, 电子社保卡, the code of a slip) becomes opaque bytes."""
