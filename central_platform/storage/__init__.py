# SPDX-License-Identifier: Apache-2.0
"""What the platform stores: SQLAlchemy models, their migrations, and the files of submissions."""
