# SPDX-License-Identifier: Apache-2.0
"""The tables of the first visit: terminals, log-ins, submissions, cases, results, ratings, tickets."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go one step forward."""
    op.create_table(
        "alarm",
        sa.Column("key", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("terminal", sa.String(length=32), nullable=True),
        sa.Column("submission", sa.Uuid(), nullable=True),
        sa.Column("detail", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_alarm")),
    )
    op.create_table(
        "assertion_use",
        sa.Column("terminal", sa.String(length=32), nullable=False),
        sa.Column("jti", sa.String(length=64), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("terminal", "jti", name=op.f("pk_assertion_use")),
    )
    op.create_index(op.f("ix_assertion_use_expires_at"), "assertion_use", ["expires_at"])

    op.create_table(
        "synthetic_resident",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=18), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("birth", sa.Date(), nullable=False),
        sa.Column("sex", sa.String(length=8), nullable=False),
        sa.Column("known", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_synthetic_resident")),
        sa.UniqueConstraint("number", name=op.f("uq_synthetic_resident_number")),
    )
    op.create_table(
        "terminal",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("public_key", sa.String(length=64), nullable=False),
        sa.Column("profile", sa.JSON(), nullable=False),
        sa.Column("enrolled_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_beat", sa.JSON(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_terminal")),
        sa.UniqueConstraint("public_key", name=op.f("uq_terminal_public_key")),
    )
    op.create_table(
        "data_use",
        sa.Column("trace", sa.String(length=40), nullable=False),
        sa.Column("terminal", sa.String(length=32), nullable=False),
        sa.Column("resident", sa.Integer(), nullable=False),
        sa.Column("item", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("licence", sa.String(length=64), nullable=True),
        sa.Column("consent", sa.JSON(), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["resident"],
            ["synthetic_resident.id"],
            name=op.f("fk_data_use_resident_synthetic_resident"),
        ),
        sa.ForeignKeyConstraint(
            ["terminal"], ["terminal.id"], name=op.f("fk_data_use_terminal_terminal")
        ),
        sa.PrimaryKeyConstraint("trace", name=op.f("pk_data_use")),
    )
    op.create_table(
        "enrolment_token",
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("profile", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_by", sa.String(length=32), nullable=True),
        sa.ForeignKeyConstraint(
            ["used_by"], ["terminal.id"], name=op.f("fk_enrolment_token_used_by_terminal")
        ),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_enrolment_token")),
    )
    op.create_table(
        "grant",
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("terminal", sa.String(length=32), nullable=False),
        sa.Column("resident", sa.Integer(), nullable=False),
        sa.Column("assurance", sa.String(length=16), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["resident"],
            ["synthetic_resident.id"],
            name=op.f("fk_grant_resident_synthetic_resident"),
        ),
        sa.ForeignKeyConstraint(
            ["terminal"], ["terminal.id"], name=op.f("fk_grant_terminal_terminal")
        ),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_grant")),
    )
    op.create_table(
        "submission",
        sa.Column("key", sa.Integer(), nullable=False),
        sa.Column("terminal", sa.String(length=32), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("manifest_sha256", sa.String(length=64), nullable=False),
        sa.Column("manifest", sa.JSON(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("item", sa.String(length=64), nullable=False),
        sa.Column("receipt", sa.String(length=64), nullable=False),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.Column("resident", sa.Integer(), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("signed_receipt", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["resident"],
            ["synthetic_resident.id"],
            name=op.f("fk_submission_resident_synthetic_resident"),
        ),
        sa.ForeignKeyConstraint(
            ["terminal"], ["terminal.id"], name=op.f("fk_submission_terminal_terminal")
        ),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_submission")),
        sa.UniqueConstraint("terminal", "id", name=op.f("uq_submission_terminal")),
    )
    op.create_index(op.f("ix_submission_id"), "submission", ["id"])
    op.create_index(op.f("ix_submission_received_at"), "submission", ["received_at"])

    op.create_table(
        "upload",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("terminal", sa.String(length=32), nullable=False),
        sa.Column("submission", sa.Uuid(), nullable=False),
        sa.Column("part", sa.String(length=64), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["terminal"], ["terminal.id"], name=op.f("fk_upload_terminal_terminal")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_upload")),
    )
    op.create_index(op.f("ix_upload_submission"), "upload", ["submission"])

    op.create_table(
        "attachment",
        sa.Column("submission", sa.Integer(), nullable=False),
        sa.Column("part", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("media_type", sa.String(length=127), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("file", sa.String(length=255), nullable=False),
        sa.ForeignKeyConstraint(
            ["submission"], ["submission.key"], name=op.f("fk_attachment_submission_submission")
        ),
        sa.PrimaryKeyConstraint("submission", "part", name=op.f("pk_attachment")),
    )
    op.create_table(
        "case",
        sa.Column("key", sa.Integer(), nullable=False),
        sa.Column("submission_key", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=24), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.JSON(), nullable=True),
        sa.Column("promised_date", sa.Date(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["submission_key"], ["submission.key"], name=op.f("fk_case_submission_key_submission")
        ),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_case")),
        sa.UniqueConstraint("number", name=op.f("uq_case_number")),
        sa.UniqueConstraint("submission_key", name=op.f("uq_case_submission_key")),
    )
    op.create_index(op.f("ix_case_state"), "case", ["state"])

    op.create_table(
        "rating",
        sa.Column("submission_key", sa.Integer(), nullable=False),
        sa.Column("about", sa.Uuid(), nullable=True),
        sa.Column("grade", sa.Integer(), nullable=True),
        sa.Column("words", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["submission_key"], ["submission.key"], name=op.f("fk_rating_submission_key_submission")
        ),
        sa.PrimaryKeyConstraint("submission_key", name=op.f("pk_rating")),
    )
    op.create_index(op.f("ix_rating_about"), "rating", ["about"])

    op.create_table(
        "ticket",
        sa.Column("submission_key", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=24), nullable=False),
        sa.Column("about", sa.Uuid(), nullable=True),
        sa.Column("cause", sa.String(length=16), nullable=False),
        sa.Column("words", sa.JSON(), nullable=False),
        sa.Column("due", sa.Date(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.ForeignKeyConstraint(
            ["submission_key"], ["submission.key"], name=op.f("fk_ticket_submission_key_submission")
        ),
        sa.PrimaryKeyConstraint("submission_key", name=op.f("pk_ticket")),
        sa.UniqueConstraint("number", name=op.f("uq_ticket_number")),
    )
    op.create_index(op.f("ix_ticket_about"), "ticket", ["about"])

    op.create_table(
        "handover_address",
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("case_key", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["case_key"], ["case.key"], name=op.f("fk_handover_address_case_key_case")
        ),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_handover_address")),
    )
    op.create_table(
        "result_document",
        sa.Column("case_key", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("title", sa.JSON(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("pdf", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_key"], ["case.key"], name=op.f("fk_result_document_case_key_case")
        ),
        sa.PrimaryKeyConstraint("case_key", "code", name=op.f("pk_result_document")),
    )


def downgrade() -> None:
    """Go one step back."""
    op.drop_table("result_document")
    op.drop_table("handover_address")
    op.drop_index(op.f("ix_ticket_about"), "ticket")

    op.drop_table("ticket")
    op.drop_index(op.f("ix_rating_about"), "rating")

    op.drop_table("rating")
    op.drop_index(op.f("ix_case_state"), "case")

    op.drop_table("case")
    op.drop_table("attachment")
    op.drop_index(op.f("ix_upload_submission"), "upload")

    op.drop_table("upload")
    op.drop_index(op.f("ix_submission_received_at"), "submission")
    op.drop_index(op.f("ix_submission_id"), "submission")

    op.drop_table("submission")
    op.drop_table("grant")
    op.drop_table("enrolment_token")
    op.drop_table("data_use")
    op.drop_table("terminal")
    op.drop_table("synthetic_resident")
    op.drop_index(op.f("ix_assertion_use_expires_at"), "assertion_use")

    op.drop_table("assertion_use")
    op.drop_table("alarm")
