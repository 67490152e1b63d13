/** What the API answers, as far as these pages read it; in full: `GET /v1/docs`. */
import type { Span, WEEKDAYS } from "./spans.js";

export type Dish = {
  id: string; name: string; unit_price: string; category: string | null; description: string | null; available: boolean;
  position: number; status: "active" | "suspended"; version: number;
};
export type Table = { id: string; number: string; seats: number; status: "active" | "suspended"; version: number };
export type QrCode = { qr: string; url: string | null; valid_until: string };
export type Hours = {
  weekly: Partial<Record<(typeof WEEKDAYS)[number], Span[]>> | null; exceptions: { date: string; spans: Span[] }[];
  version: number; open_now: boolean; opens_at: string | null;
};
