# SPDX-License-Identifier: Apache-2.0
"""The whole terminal by keys alone: a keyboard, a navigation pad, or twelve keys as on a telephone.

* ``commands``: which key means what;
* ``stops``: where the keys can stand, and which stop is next;
* ``keypad``: moves the focus, presses, and says where it stands.
"""
