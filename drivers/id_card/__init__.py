# SPDX-License-Identifier: Apache-2.0
"""Readers of identity cards with a SAM inside (居民身份证, 港澳台居民居住证, 外国人永久居留身份证)."""
