# SPDX-License-Identifier: Apache-2.0
"""Cameras that look at the person: pictures in shared memory, a gate for their quality, honest adapters."""
