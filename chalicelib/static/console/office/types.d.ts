/**
 * What the API answers, as far as the office's pages read it; in full: `GET /v1/docs`. Amounts are exact decimal text,
 * times UTC, days the business's own.
 */
import type { Role } from "../shared/session.js";
import type { Place } from "../shared/map.js";

export type Status = "pending" | "confirmed" | "assigned" | "delivering" | "arriving" | "arrived" | "delivered" | "failed" | "cancelled";
export type Line = { product_id: string | null; name: string; quantity: number; unit_price: string };
export type Step = { status: Status; at: string; by: string | null; reason: string | null };
export type LineState = { name: string; quantity: number; unit_price: string };
export type MoneyState = { total_price: string; payment_status: "pending" | "paid" | "refunded"; payment_method: string | null };
export type MoneyChange = {
  at: string; by: string; reason: string | null; before: MoneyState; after: MoneyState;
  lines: { before: LineState | null; after: LineState | null }[];
};
/** money_changes: not in lists and events. */
export type Order = {
  id: string; order_number: string; customer_id: string | null; customer_name: string; customer_phone: string | null;
  address: string; items: Line[]; total_price: string; scheduled_date: string; status: Status;
  payment_status: "pending" | "paid" | "refunded"; payment_method: string | null; estimated_time: number | null;
  driver_id: string | null; route_id: string | null; template_id: string | null; notes: string | null;
  version: number; created_at: string; updated_at: string; history: Step[];
  money_changes?: MoneyChange[];
};
export type Customer = {
  id: string; name: string; phone: string | null; address: string | null; location: Place | null;
  language: string | null; notes: string | null; sms_opt_out: boolean; cylinders_out: number;
  status: "active" | "suspended"; version: number; created_at: string;
};
export type Weekday = "mon" | "tue" | "wed" | "thu" | "fri" | "sat" | "sun";
/** One of three. */
export type Rule = {
  every_days?: number; every_weeks?: number; weekdays?: Weekday[];
  by_consumption?: { min_days?: number; max_days?: number; initial_days?: number };
};
export type Recurring = {
  id: string; customer_id: string; items: { product_id: string; quantity: number }[]; rule: Rule;
  interval_days: number | null; status: "active" | "paused" | "suspended" | "ended"; next_date: string | null;
  problem: { code: string; detail: string; at: string } | null; version: number;
};
export type Driver = { id: string; name: string; phone: string | null; vehicle: string | null; status: "active" | "suspended" };
export type Product = {
  id: string; name: string; unit_price: string; category: string | null; available: boolean; position: number;
  status: "active" | "suspended";
};
export type Proof = {
  confirmation_type: "qr_code" | "signature" | "photo" | "pin"; confirmed_at: string; cylinder_serial: string | null;
  verified: boolean; picture_url: string | null;
};
/** An attempt to deliver an order. */
export type Attempt = {
  id: string; driver_id: string | null; started_at: string; finished_at: string | null;
  outcome: "under_way" | "delivered" | "failed"; failure_reason: string | null; cylinders_out: number; empties_back: number;
  proof: Proof | null;
};
export type Connection = {
  connection_id: string; user_id: string; name: string | null; role: string; channels: string[]; connected_at: string;
  last_seen_at: string;
};
export type DisplayToken = {
  id: string; name: string; created_at: string; created_by: string; expires_at: string; revoked_at: string | null;
};
export type HourMetrics = {
  connected: number; reconnected: number; refused: number; errors: number;
  messages_per_second: number; posts_per_second: number; connection_seconds: number | null;
  fan_out_size: number | null; fan_out_ms: number | null; fan_out_slowest_ms: number | null;
  stream_lag_ms: Record<string, number>;
};
export type Hour = { at: string; connections: number; metrics: HourMetrics | null };
export type ImportKind = "customers" | "orders" | "drivers" | "templates" | "routes" | "users";
export type ImportState = "waiting_for_file" | "checking" | "checked" | "committing" | "done" | "refused" | "failed";
export type Import = {
  id: string; kind: ImportKind; file_name: string; state: ImportState; step: "read" | "check" | "recheck" | "write" | null;
  rows: Partial<Record<"total" | "checked" | "written" | "created" | "updated" | "unchanged" | "skipped" | "failed", number>>;
  columns: Record<string, string>; unused: string[]; problem: { code: string; detail: string } | null; created_at: string;
  checked_at: string | null; finished_at: string | null;
};
/** row: as a spreadsheet counts. */
export type ImportRow = {
  row: number; outcome: "created" | "updated" | "unchanged" | "skipped" | "failed"; note: string | null;
  errors: { field: string; column: string | null; message: string }[];
};
export type Reduction = {
  order_id: string; order_number: string; table_number: string | null; customer_name: string | null; at: string;
  by: string; by_name: string | null; reason: string | null; total_before: string; total_after: string;
};
export type SmsStatus = "queued" | "sending" | "sent" | "delivered" | "failed" | "unknown" | "skipped";
export type Sms = {
  id: string; order_id: string; order_number: string | null; template: string; recipient: string | null;
  content: string | null; segments: number; status: SmsStatus; error: string | null; may_have_arrived: boolean;
  attempts: number; created_at: string;
};
export type SmsStats = Record<SmsStatus, number> & { total: number; success_rate: number | null; segments: number; cost: string | null };
export type SmsTemplate = { status: Status; language: string; text: string; default: string; is_own: boolean; is_sent: boolean; segments: number };
export type User = {
  id: string; username: string; name: string; role: Role; status: "active" | "suspended"; driver_id: string | null;
  customer_id: string | null;
};
export type Health = { status: string; database: string; streams: Record<string, { lag_ms: number; source: string }>; queues: { sms: number; sms_dead_letters: number; stream_dead_letters: number } };
export type SmsHealth = { status: string; sms_provider: string | null; sent_today: number; failed_today: number; providers_down: number; queued: number; dead_letters: number };
export type OwnSms = { failed: number; unknown: number };
