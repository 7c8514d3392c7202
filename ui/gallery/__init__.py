# SPDX-License-Identifier: Apache-2.0
"""Every screen in every mode, orientation and language, drawn from made-up views and looked over.

* ``stage``: one window that shows a view and comes to rest;
* ``checks``: what can be found without eyes: small targets, cut texts, overlaps, weak contrast;
* ``sheets``: contact sheets and the index page;
* ``tour``: all of it together, for ``kiosk gallery``.
"""
