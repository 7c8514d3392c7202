# SPDX-License-Identifier: Apache-2.0
"""The reference central platform: protocol version 1 over FastAPI, with synthetic residents only."""
