// A restaurant's dashboard: cards of whole orders, which it reads and calculates with.
import { HOST, token } from "./settings.js";

const root = document.getElementById("root");
const orders = new Map();
let restaurantId;

const socket = new WebSocket(`ws://${HOST}/api/ws/orders/live?token=${token}`);
socket.onmessage = ({ data }) => {
  const message = JSON.parse(data);
  if (message.type === "connection_established") restaurantId = message.restaurant_id;
  if (message.type === "order_created" || message.type === "order_status_changed") {
    // Another restaurant's order has no business here.
    if (message.order.restaurant_id === restaurantId) orders.set(message.order.id, message.order);
  }
  draw();
};

async function draw() {
  const turnover = [...orders.values()].reduce((sum, { total_price }) => sum + total_price, 0);
  const cards = [...orders.values()].map(({ id, order_status, table_number, items, total_price }) => {
    const lines = items.reduce((sum, { quantity, unit_price }) => sum + quantity * unit_price, 0);
    return `<article id="o${id}">桌 ${table_number + 0} ${order_status} ${total_price.toFixed(2)} = ${lines.toFixed(2)}</article>`;
  });
  root.innerHTML = `<b id="state">${restaurantId ? "live" : "…"}</b><b id="turnover">${turnover.toFixed(2)}</b>${cards.join("")}`;
}

const headers = { Authorization: `Bearer ${token}` };
for (const path of ["status", "connections"]) {
  const answer = await fetch(`http://${HOST}/api/ws/orders/live/${path}`, { headers });
  document.title += ` ${path} ${answer.status}`;
}
