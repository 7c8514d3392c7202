# SPDX-License-Identifier: Apache-2.0
"""The only place that knows both Qt and the core: views come in, intents go out, nothing blocks."""
