# SPDX-License-Identifier: Apache-2.0
"""Backup into a folder and restore into an empty place, both verified byte by byte."""
