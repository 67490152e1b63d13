import { ApiError } from "./api.js";

/** @import { Event } from "../../realtime/log.js" */

const RETRY_MS = 3000;

/**
 * A handler of events that gets whole orders. An order that is too large for a WebSocket message comes in a short form,
 * `truncated` and without its lines: its row is read over REST, until it is there. What follows does not wait for it;
 * of two states of an order the higher version counts anyway.
 *
 * @param {Pick<import("./api.js").Api, "get">} api
 * @param {AbortSignal} signal ends it
 * @param {(event: Event, channel: string) => void} onEvent
 * @returns {(event: Event, channel: string) => void}
 */
export function fullOrders(api, signal, onEvent) {
  return (event, channel) => {
    const id = orderOf(event);
    if (!event.truncated || !id) return onEvent(event, channel);
    void read();

    async function read() {
      try {
        const order = await api.get(`/v1/orders/${id}`, { signal });
        const { truncated: _, ...rest } = event;
        if (!signal.aborted) onEvent({ ...rest, ...(event.order ? { order } : { data: order }) }, channel);
      } catch (error) {
        // One that is not there any more, or not ours, is no news; all else passes.
        const gone = error instanceof ApiError && error.status === 404;
        if (!gone && !signal.aborted) setTimeout(() => !signal.aborted && read(), RETRY_MS);
      }
    }
  };
}

/**
 * The order that an event is about: `restaurant` has it under `order`, `standard` under `data`.
 *
 * @param {Event} event
 * @returns {string | undefined}
 */
function orderOf({ type, order, data }) {
  return type.startsWith("order_") ? (order?.id ?? data?.id) : undefined;
}
