// What a deployment of such a frontend sets: the host, and how its user is signed in. All else is as it was.
const query = new URLSearchParams(location.search);
export const HOST = query.get("host");
export const VITE_WS_URL = query.get("ws");
export const token = query.get("token");
export const orderId = query.get("order");
export const customerId = query.get("customer");
