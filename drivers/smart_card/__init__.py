# SPDX-License-Identifier: Apache-2.0
"""Chip cards: the social security card (社会保障卡) through PC/SC."""
