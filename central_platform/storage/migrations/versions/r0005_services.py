# SPDX-License-Identifier: Apache-2.0
"""The residents' services: consents, changes and gaps of cases, appointments, help, life events, post."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go one step forward."""
    op.add_column(
        "device_state", sa.Column("role", sa.String(32), nullable=False, server_default="")
    )
    op.create_table(
        "appointment_slot",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("place_zh", sa.String(length=120), nullable=False),
        sa.Column("place_en", sa.String(length=120), nullable=False),
        sa.Column("item", sa.String(length=64), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=False),
        sa.Column("taken", sa.Integer(), nullable=False),
        sa.CheckConstraint("taken >= 0 AND taken <= capacity", name="ck_appointment_slot_room"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_appointment_slot")),
        sa.UniqueConstraint(
            "place_zh", "item", "starts_at", name=op.f("uq_appointment_slot_place_zh")
        ),
    )
    op.create_index(op.f("ix_appointment_slot_item"), "appointment_slot", ["item"], unique=False)
    op.create_index(
        op.f("ix_appointment_slot_starts_at"), "appointment_slot", ["starts_at"], unique=False
    )
    op.create_table(
        "ticket_matter",
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("number", sa.String(length=24), nullable=False),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_ticket_matter")),
    )
    op.create_index(op.f("ix_ticket_matter_number"), "ticket_matter", ["number"], unique=False)
    op.create_table(
        "ticket_note",
        sa.Column("key", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=24), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("words", sa.String(length=500), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_ticket_note")),
    )
    op.create_index(op.f("ix_ticket_note_number"), "ticket_note", ["number"], unique=False)
    op.create_table(
        "appointment",
        sa.Column("number", sa.String(length=24), nullable=False),
        sa.Column("slot", sa.Integer(), nullable=False),
        sa.Column("resident", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("booked_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["resident"],
            ["synthetic_resident.id"],
            name=op.f("fk_appointment_resident_synthetic_resident"),
        ),
        sa.ForeignKeyConstraint(
            ["slot"], ["appointment_slot.id"], name=op.f("fk_appointment_slot_appointment_slot")
        ),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_appointment")),
        sa.UniqueConstraint("slot", "resident", name=op.f("uq_appointment_slot")),
    )
    op.create_index(op.f("ix_appointment_resident"), "appointment", ["resident"], unique=False)
    op.create_table(
        "assistance_call",
        sa.Column("key", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=24), nullable=False),
        sa.Column("terminal", sa.String(length=32), nullable=False),
        sa.Column("resident", sa.Integer(), nullable=True),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("item", sa.String(length=64), nullable=True),
        sa.Column("phone", sa.String(length=16), nullable=True),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("taken_by", sa.String(length=64), nullable=True),
        sa.ForeignKeyConstraint(
            ["resident"],
            ["synthetic_resident.id"],
            name=op.f("fk_assistance_call_resident_synthetic_resident"),
        ),
        sa.ForeignKeyConstraint(
            ["terminal"], ["terminal.id"], name=op.f("fk_assistance_call_terminal_terminal")
        ),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_assistance_call")),
        sa.UniqueConstraint("number", name=op.f("uq_assistance_call_number")),
    )
    op.create_index(op.f("ix_assistance_call_state"), "assistance_call", ["state"], unique=False)
    op.create_table(
        "bundle_opened",
        sa.Column("number", sa.String(length=24), nullable=False),
        sa.Column("bundle", sa.String(length=64), nullable=False),
        sa.Column("resident", sa.Integer(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["resident"],
            ["synthetic_resident.id"],
            name=op.f("fk_bundle_opened_resident_synthetic_resident"),
        ),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_bundle_opened")),
    )
    op.create_index(op.f("ix_bundle_opened_resident"), "bundle_opened", ["resident"], unique=False)
    op.create_table(
        "consent_given",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("terminal", sa.String(length=32), nullable=False),
        sa.Column("resident", sa.Integer(), nullable=False),
        sa.Column("item", sa.String(length=64), nullable=False),
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("version", sa.String(length=32), nullable=False),
        sa.Column("text_sha256", sa.String(length=64), nullable=False),
        sa.Column("given", sa.Boolean(), nullable=False),
        sa.Column("gesture", sa.String(length=16), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["resident"],
            ["synthetic_resident.id"],
            name=op.f("fk_consent_given_resident_synthetic_resident"),
        ),
        sa.ForeignKeyConstraint(
            ["terminal"], ["terminal.id"], name=op.f("fk_consent_given_terminal_terminal")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent_given")),
    )
    op.create_index(op.f("ix_consent_given_resident"), "consent_given", ["resident"], unique=False)
    op.create_table(
        "delegation_given",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("terminal", sa.String(length=32), nullable=False),
        sa.Column("resident", sa.Integer(), nullable=False),
        sa.Column("helper", sa.String(length=32), nullable=False),
        sa.Column("item", sa.String(length=64), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["resident"],
            ["synthetic_resident.id"],
            name=op.f("fk_delegation_given_resident_synthetic_resident"),
        ),
        sa.ForeignKeyConstraint(
            ["terminal"], ["terminal.id"], name=op.f("fk_delegation_given_terminal_terminal")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delegation_given")),
    )
    op.create_index(
        op.f("ix_delegation_given_resident"), "delegation_given", ["resident"], unique=False
    )
    op.create_table(
        "bundle_member",
        sa.Column("number", sa.String(length=24), nullable=False),
        sa.Column("item", sa.String(length=64), nullable=False),
        sa.Column("submission_key", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["number"], ["bundle_opened.number"], name=op.f("fk_bundle_member_number_bundle_opened")
        ),
        sa.ForeignKeyConstraint(
            ["submission_key"],
            ["submission.key"],
            name=op.f("fk_bundle_member_submission_key_submission"),
        ),
        sa.PrimaryKeyConstraint("number", "item", name=op.f("pk_bundle_member")),
        sa.UniqueConstraint("submission_key", name=op.f("uq_bundle_member_submission_key")),
    )
    op.create_table(
        "post_parcel",
        sa.Column("number", sa.String(length=24), nullable=False),
        sa.Column("submission_key", sa.Integer(), nullable=False),
        sa.Column("resident", sa.Integer(), nullable=False),
        sa.Column("direction", sa.String(length=16), nullable=False),
        sa.Column("addressee", sa.JSON(), nullable=False),
        sa.Column("fee_cents", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("tracking", sa.String(length=64), nullable=True),
        sa.Column("ordered_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["resident"],
            ["synthetic_resident.id"],
            name=op.f("fk_post_parcel_resident_synthetic_resident"),
        ),
        sa.ForeignKeyConstraint(
            ["submission_key"],
            ["submission.key"],
            name=op.f("fk_post_parcel_submission_key_submission"),
        ),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_post_parcel")),
    )
    op.create_index(op.f("ix_post_parcel_resident"), "post_parcel", ["resident"], unique=False)
    op.create_table(
        "ticket_repeat",
        sa.Column("submission_key", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=24), nullable=False),
        sa.ForeignKeyConstraint(
            ["submission_key"],
            ["submission.key"],
            name=op.f("fk_ticket_repeat_submission_key_submission"),
        ),
        sa.PrimaryKeyConstraint("submission_key", name=op.f("pk_ticket_repeat")),
    )
    op.create_index(op.f("ix_ticket_repeat_number"), "ticket_repeat", ["number"], unique=False)
    op.create_table(
        "case_change",
        sa.Column("key", sa.Integer(), nullable=False),
        sa.Column("case_key", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(length=64), nullable=False),
        sa.Column("before", sa.String(length=16), nullable=False),
        sa.Column("after", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.JSON(), nullable=False),
        sa.Column("wanted", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_key"], ["case.key"], name=op.f("fk_case_change_case_key_case")
        ),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_case_change")),
    )
    op.create_index(op.f("ix_case_change_case_key"), "case_change", ["case_key"], unique=False)
    op.create_table(
        "case_gap",
        sa.Column("case_key", sa.Integer(), nullable=False),
        sa.Column("material", sa.String(length=64), nullable=False),
        sa.Column("due", sa.Date(), nullable=False),
        sa.Column("supplied_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("supplied_by", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["case_key"], ["case.key"], name=op.f("fk_case_gap_case_key_case")),
        sa.ForeignKeyConstraint(
            ["supplied_by"], ["submission.key"], name=op.f("fk_case_gap_supplied_by_submission")
        ),
        sa.PrimaryKeyConstraint("case_key", "material", name=op.f("pk_case_gap")),
    )
    op.create_index(op.f("ix_case_gap_due"), "case_gap", ["due"], unique=False)
    op.create_table(
        "case_promise",
        sa.Column("case_key", sa.Integer(), nullable=False),
        sa.Column("version", sa.String(length=32), nullable=False),
        sa.Column("text_sha256", sa.String(length=64), nullable=False),
        sa.Column("current", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_key"], ["case.key"], name=op.f("fk_case_promise_case_key_case")
        ),
        sa.PrimaryKeyConstraint("case_key", name=op.f("pk_case_promise")),
    )


def downgrade() -> None:
    """Go one step back."""
    op.drop_table("case_promise")
    op.drop_index(op.f("ix_case_gap_due"), table_name="case_gap")
    op.drop_table("case_gap")
    op.drop_index(op.f("ix_case_change_case_key"), table_name="case_change")
    op.drop_table("case_change")
    op.drop_index(op.f("ix_ticket_repeat_number"), table_name="ticket_repeat")
    op.drop_table("ticket_repeat")
    op.drop_index(op.f("ix_post_parcel_resident"), table_name="post_parcel")
    op.drop_table("post_parcel")
    op.drop_table("bundle_member")
    op.drop_index(op.f("ix_delegation_given_resident"), table_name="delegation_given")
    op.drop_table("delegation_given")
    op.drop_index(op.f("ix_consent_given_resident"), table_name="consent_given")
    op.drop_table("consent_given")
    op.drop_index(op.f("ix_bundle_opened_resident"), table_name="bundle_opened")
    op.drop_table("bundle_opened")
    op.drop_index(op.f("ix_assistance_call_state"), table_name="assistance_call")
    op.drop_table("assistance_call")
    op.drop_index(op.f("ix_appointment_resident"), table_name="appointment")
    op.drop_table("appointment")
    op.drop_index(op.f("ix_ticket_note_number"), table_name="ticket_note")
    op.drop_table("ticket_note")
    op.drop_index(op.f("ix_ticket_matter_number"), table_name="ticket_matter")
    op.drop_table("ticket_matter")
    op.drop_index(op.f("ix_appointment_slot_starts_at"), table_name="appointment_slot")
    op.drop_index(op.f("ix_appointment_slot_item"), table_name="appointment_slot")
    op.drop_table("appointment_slot")
    op.drop_column("device_state", "role")
