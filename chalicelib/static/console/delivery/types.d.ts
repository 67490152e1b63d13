/** What the API answers, as far as these pages read it; in full: `GET /v1/docs`. */
import type { Place } from "../shared/map.js";

export type { Place };

export type Order = {
  id: string; order_number: string; customer_name: string | null; customer_phone: string | null;
  address: string | null; location: Place | null; items: { name: string; quantity: number }[];
  total_price: string; scheduled_date: string | null; status: string; payment_status: string;
  payment_method: string | null; driver_id: string | null; route_id: string | null; notes: string | null;
  version: number; updated_at: string; truncated?: boolean;
};
export type Stop = {
  order_id: string; service_minutes: number; planned_at: string | null; eta: string | null;
  outcome: string | null; order?: Order | null;
};
export type Route = {
  id: string; name: string | null; date: string; status: string; driver_id: string | null; depot: Place | null;
  start_at: string | null; started_at: string | null; completed_at: string | null; version: number;
  stops: Stop[];
};
export type Position = {
  driver_id: string; latitude: number; longitude: number; speed: number | null; heading: number | null;
  timestamp: string;
};
export type Driver = {
  id: string; name: string; phone: string | null; vehicle: string | null; notes: string | null; status: string;
  version: number; last_position: Position | null; user_ids?: string[];
};
export type ProposedRoute = {
  vehicle: number; driver_id: string | null; start_at: string; end_at: string; depot: Place; distance: number;
  duration: number; load: string;
  stops: { order_id: string; arrival: string; waiting: number; service_minutes: number }[];
};
export type Proposal = {
  routes: ProposedRoute[]; unserved: { order_id: string; reason: string }[]; distance: number; duration: number;
  matrix: string | null;
};
