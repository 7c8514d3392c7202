# SPDX-License-Identifier: Apache-2.0
"""What devices did and what they use up: counters, levels, and how long they will last. Nothing of a resident.

::

    tally.py        a command and how it ended → what it counts and uses up      pure
    paper_watch.py  what a printer says of its paper → was it filled?            pure
    kept.py         everything known, and how one change alters it               pure
    forecast.py     what is left, and the use of the last 14 days → days left    pure
    levels.py       all of it as staff and the platform read it                  pure
    ledger.py       the file: ``supplies.sqlite3`` in the data directory
    book.py         the thread between the devices and the file
"""
