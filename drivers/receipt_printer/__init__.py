# SPDX-License-Identifier: Apache-2.0
"""Receipt printers that speak ESC/POS: slips laid out, written in GBK, and confirmed by status.

::

    profiles    what each model can do, as data
    encoding    text -> GBK runs and characters to draw
    glyphs      drawing the characters that the printer's font lacks
    layout      a receipt as blocks: title, number, rows, notes, code
    rendering   blocks -> bytes
    dle_eot     the printer's status bytes
    status_line asking for status over a transport
    escpos      the driver: ask, send, ask again, tell the truth
"""
