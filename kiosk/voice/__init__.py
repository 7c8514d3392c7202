# SPDX-License-Identifier: Apache-2.0
"""The voice: says what the flow wants heard, on a thread of its own, and never keeps anybody waiting.

* ``voice``: the thread, what is said next and what is cut off;
* ``engine``: what an engine can do, and the errors;
* ``ssip``: speech-dispatcher, over its own protocol;
* ``espeak``: espeak-ng as a process, where no speech-dispatcher answers;
* ``reading``: text as an engine can read it.

Words are held in memory until they are said, and written nowhere. Which words may be said aloud is decided by
the flow (:mod:`kiosk.flows.hearing`), not here.
"""
