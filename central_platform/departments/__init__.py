# SPDX-License-Identifier: Apache-2.0
"""Department systems: cases go out by a transactional outbox, answers come back and reach the case."""
