# SPDX-License-Identifier: Apache-2.0
"""Simulators on the wire: the real driver code runs against them. Never part of a production terminal.

Each is a seeded state machine behind the :class:`drivers.sim.simulator.Simulator` protocol; the bench
(``python -m drivers.sim.bench``) hosts several of them behind one control socket.
"""
