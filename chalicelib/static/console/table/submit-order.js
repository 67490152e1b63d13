import { ApiError } from "../shared/http.js";

/**
 * Sends what the cart has sealed. The same key makes all its repeats one order, so after a lost answer it may be sent
 * again and again.
 *
 * @param {import("../shared/api.js").Api} api
 * @param {import("./cart.js").Cart} cart
 * @returns {Promise<{order?: import("../shared/table-order.js").Order, refusal?: ApiError}>} neither: it is not known whether
 *   it arrived, and the cart stays sealed
 */
export async function submitOrder(api, cart) {
  if (!cart.sent) return {};
  const { key, draft } = cart.sent;
  try {
    const order = await api.post("/v1/orders", draft, { headers: { "Idempotency-Key": key } });
    cart.clear();
    return { order };
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    // What failed on the server may have been written before.
    if (error.status < 400 || error.status >= 500) return {};
    cart.reopen();
    return { refusal: error };
  }
}
