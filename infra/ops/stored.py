"""The attributes of each table: those that name or describe a person, and those that give access.

Every attribute of every model is in one of three lists; tests/infra/ops/test_stored.py fails for one that is in
none. `plain`: figures, statuses, times, ids. `personal`: it names, describes or locates a person, or is a text
that a person typed. `live`: it signs in, opens a page or confirms a delivery. Parts of maps are
written with a dot: `history.reason`.

An export has `plain` and `personal`. docs/privacy.csv names every `personal` attribute, and how long it is stored.
"""

from collections.abc import Mapping
from typing import Final, NamedTuple


class Stored(NamedTuple):
    """Names of attributes, separated by spaces.

    found_by: how a tenant's rows are found. `tenant_id`: it is the hash key. `id`: the tenant's own row. `part`:
    the hash key begins with the tenant's id and `#`. `attribute`: `tenant_id` is another attribute. Empty if no
    row belongs to a tenant.
    in_export: whether an export has the table. Tables whose rows expire within days are not in it, nor are links.
    """

    found_by: str
    plain: str
    personal: str = ""
    live: str = ""
    in_export: bool = True


TABLES: Final[Mapping[str, Stored]] = {
    "announcements": Stored(
        "tenant_id",
        "tenant_id id channel type made_by created_at correlation_id expires_at",
        personal="data",
        in_export=False,
    ),
    "channel_log": Stored("part", "channel_key seq cursor epoch expires_at", personal="event", in_export=False),
    "connections": Stored(
        "attribute",
        "connection_id tenant_id user_id session_id role kind driver_id customer_id order_id table_id"
        " qr_generation format channels connected_at last_seen_at sends_heartbeats next_message_at"
        " told_to_leave_at sends_seen answered_cursor answered_epoch answered_at refused_since refused_count"
        " token_expires_at correlation_id expires_at",
        in_export=False,
    ),
    "counters": Stored("part", "value expires_at", personal="key", in_export=False),
    "customers": Stored(
        "tenant_id",
        "tenant_id id language sms_opt_out cylinders_out external_key status version created_at updated_at",
        personal="name phone address location.latitude location.longitude notes search_text",
    ),
    "deliveries": Stored(
        "tenant_id",
        "tenant_id id order_id order_number order_version number customer_id driver_id started_at arrived_at"
        " finished_at eta outcome proof.confirmation_type proof.confirmed_at proof.by proof.cylinder_serial"
        " proof.reference proof.picture_key proof.picture_sha256"
        " proof.empties_back proof.verified cylinders_out empties_back day_key driver_key"
        " outcome_key",
        personal="failure_reason",
    ),
    "display_tokens": Stored(
        "tenant_id",
        "tenant_id id kind created_at created_by revoked_at token_expires_at expires_at",
        personal="name",
        live="token_hash",
    ),
    "driver_positions": Stored(
        "tenant_id",
        "tenant_id id at correlation_id",
        personal="latitude longitude speed heading accuracy fixes suspect",
    ),
    "driver_tracks": Stored("part", "track_key at expires_at", personal="points"),
    "drivers": Stored(
        "tenant_id",
        "tenant_id id status active_route_id version created_at updated_at",
        personal="name phone vehicle notes search_text",
    ),
    "event_claims": Stored("part", "event_key cursors expires_at", in_export=False),
    "external_keys": Stored("tenant_id", "tenant_id id version updated_at", personal="key digest"),
    "idempotency": Stored("part", "key request_hash expires_at", personal="answer", in_export=False),
    "import_rows": Stored(
        "part",
        "import_key number outcome record_id changed errors.field error_number written_by expires_at",
        personal="note errors.column errors.message",
        in_export=False,
    ),
    "imports": Stored(
        "tenant_id",
        "tenant_id id kind format source state step run reading part parts encoding total checked written created"
        " updated unchanged skipped failed made_by committed_by correlation_id created_at updated_at checked_at"
        " committed_at finished_at",
        personal="file_name mapping columns unused problem",
    ),
    "links": Stored(
        "attribute",
        "purpose tenant_id customer_id expires_at",
        personal="subject",
        live="code",
        in_export=False,
    ),
    "login_names": Stored("attribute", "tenant_id user_id expires_at", personal="username"),
    "notification_history": Stored(
        "tenant_id",
        "tenant_id id type order_id order_number template language segments status status_key provider"
        " provider_message_id attempts queued_at sending_since idempotency_key key_used_at maybe_delivered"
        " error correlation_id created_at updated_at sent_at delivered_at expires_at",
        personal="recipient content",
        live="receipt_code",
    ),
    "opening_hours": Stored("tenant_id", "tenant_id hours version updated_at"),
    "order_templates": Stored(
        "tenant_id",
        "tenant_id id customer_id items.product_id items.quantity rule interval_days start_date end_date"
        " lead_days payment_method status problem.code problem.detail problem.at next_date last_date due_queue"
        " due_at version created_at updated_at",
        personal="notes",
    ),
    "orders": Stored(
        "tenant_id",
        "tenant_id id kind order_number daily_number customer_id items.id items.product_id items.menu_item_id"
        " items.name items.quantity items.unit_price items.is_cylinder items.weight total_price currency"
        " scheduled_date table_number table_id guest_id status payment_status payment_method estimated_time"
        " driver_id route_id template_id version created_at updated_at history.status history.at history.by"
        " proof.confirmation_type proof.confirmed_at proof.by proof.cylinder_serial proof.reference"
        " proof.picture_key proof.picture_sha256"
        " proof.empties_back proof.verified pin_tries pin_tried_at notify correlation_id day_key status_key"
        " customer_key driver_key needs_confirmation reduced_at"
        " money_changes.at money_changes.by money_changes.status money_changes.before.total_price"
        " money_changes.before.payment_status money_changes.before.payment_method money_changes.after.total_price"
        " money_changes.after.payment_status money_changes.after.payment_method money_changes.lines.before.name"
        " money_changes.lines.before.quantity money_changes.lines.before.unit_price"
        " money_changes.lines.after.name money_changes.lines.after.quantity money_changes.lines.after.unit_price",
        personal="customer_name customer_phone address location.latitude location.longitude notes customer_login"
        " history.reason money_changes.reason",
        live="pin",
    ),
    "products": Stored(
        "tenant_id",
        "tenant_id id name category description unit_price weight is_cylinder available position status"
        " search_text version created_at updated_at",
    ),
    # Its keys contain ids, codes of links and keyed hashes of names and addresses, but no tenant.
    "rate_limits": Stored("", "due expires_at", personal="key", in_export=False),
    "read_cursors": Stored("part", "user_key device cursor epoch expires_at", in_export=False),
    "refresh_tokens": Stored(
        "attribute",
        "session_id tenant_id user_id created_at last_used_at revoked_at retry_until expires_at",
        personal="user_agent",
        live="token_hash unmarked_hash mark_key retry_sealed",
        in_export=False,
    ),
    # The tenant is in the range key; rows are read by minute.
    "revocations": Stored("", "partition minute_tenant users whole_tenant expires_at", in_export=False),
    "route_progress": Stored("tenant_id", "tenant_id id at expires_at", personal="known"),
    "routes": Stored(
        "tenant_id",
        "tenant_id id date status driver_id depot.latitude depot.longitude start_at stops.order_id"
        " stops.service_minutes stops.planned_at stops.outcome started_at completed_at version created_at"
        " updated_at notify correlation_id day_key driver_key",
        personal="name",
    ),
    "sms_circuits": Stored("", "account failures open_until expires_at", in_export=False),
    "sms_opt_outs": Stored("tenant_id", "tenant_id made_by created_at", personal="phone"),
    "sms_templates": Stored("tenant_id", "tenant_id key text updated_at updated_by"),
    "subscriptions": Stored(
        "part",
        "channel_key connection_id format role driver_id order_id connected_at expires_at",
        in_export=False,
    ),
    "system_metrics": Stored(
        "",
        "name at sent failed connections lag_ms noted_at state figures expires_at",
        in_export=False,
    ),
    "table_numbers": Stored("tenant_id", "tenant_id number table_id"),
    "tables": Stored(
        "tenant_id",
        "tenant_id id number seats status qr_generation search_text version created_at updated_at",
    ),
    "template_orders": Stored(
        "part", "template_key date_key order_id order_number scheduled_date reason skips dates created_at"
    ),
    "tenants": Stored(
        "id",
        "id name kind status time_zone currency sms.provider sms.url sms.sender sms.username language sms_price"
        " sms_allowed_links sms_daily_cap sms_history_months sms_history_from created_at",
        personal="sms_allowed_numbers",
    ),
    "users": Stored(
        "tenant_id",
        "tenant_id id role status password_initial totp_step sessions_valid_from driver_id customer_id created_at"
        " updated_at",
        personal="username name",
        live="password_hash totp_salt totp_new_salt recovery_hashes",
    ),
}
