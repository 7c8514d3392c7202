# SPDX-License-Identifier: Apache-2.0
"""The Qt Quick front: the only package that knows Qt."""
