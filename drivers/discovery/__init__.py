# SPDX-License-Identifier: Apache-2.0
"""What is connected to this machine, found without touching it.

Everything is read from what the kernel and udev publish as names and small texts (``/sys``, ``/dev/serial``,
``/dev/v4l``): no device file is opened, so no line toggles, no scanner moves, nothing is written. Services
that know devices (CUPS, PC/SC, SANE) are asked only when a person looks (``services.py``), and in a child
process with a deadline where their library could hang.

::

    found.py     one thing that was found                        frozen
    sysfs.py     USB devices, serial ports, cameras              reads below a root that tests replace
    services.py  printers of CUPS, readers of PC/SC, scanners of SANE
    known.py     which driver it probably is for                 data: known_devices.yaml
    places.py    configured slots: there, missing, moved         pure
    watch.py     tells when something appears or vanishes        a thread that lists names
"""
