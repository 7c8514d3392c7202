# SPDX-License-Identifier: Apache-2.0
"""Wire models of the platform protocol, version 1. The central platform imports this and nothing else of ours."""
