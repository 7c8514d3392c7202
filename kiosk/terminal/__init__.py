# SPDX-License-Identifier: Apache-2.0
"""The terminal at run time: the core thread and those who carry out what the flow asks."""
