# SPDX-License-Identifier: Apache-2.0
"""Who stands at the machine: what may be shown of a person, and how."""
