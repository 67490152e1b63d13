// The components written to the guide. Which hook they use is up to the page: the guide's, or the one that we publish.
import { createElement as h, createRoot, useCallback, useEffect, useState } from "react";
import { customerId, orderId } from "./settings.js";

const query = new URLSearchParams(location.search);
const { useWebSocket } = query.has("dropin") ? await import("./guide-dropin.js") : await import("./guide-hook.js");

/** A customer follows one order. */
function OrderTracking() {
  const [status, setStatus] = useState("?");
  const [sentence, setSentence] = useState("");
  const { isConnected, subscribe } = useWebSocket({
    onMessage: (message) => {
      if (message.type === "order.updated" && message.order_id === orderId) setStatus(message.status);
      if (message.type === "delivery.update" && message.order_id === orderId) setSentence(`${message.status} ${message.message}`);
    },
  });
  useEffect(() => {
    if (isConnected) subscribe(`order:${orderId}`);
  }, [isConnected, subscribe]);
  return h("div", {}, h("span", { id: "state" }, isConnected ? "即時更新中" : "連線已斷開"), h("b", { id: "status" }, status), h("p", { id: "sentence" }, sentence));
}

/** The office sees all that happens, in a list. */
function Office() {
  const [lines, setLines] = useState([]);
  const { isConnected } = useWebSocket({
    path: "ws/office",
    onMessage: useCallback((message) => {
      const line = said(message);
      if (line) setLines((before) => [...before, line]);
    }, []),
  });
  return h("div", {}, h("span", { id: "state" }, isConnected ? "即時更新中" : "連線已斷開"), h("ol", { id: "lines" }, lines.map((line, n) => h("li", { key: n }, line))));
}

function said(message) {
  switch (message.type) {
    case "order.created":
      return `新訂單 ${message.order_id} ${message.customer_name} ${message.products.map(({ name, quantity }) => `${name}×${quantity}`).join("、")} ${message.delivery_date} ${message.address}`;
    case "order.updated":
      return `訂單 ${message.order_id} ${message.status}`;
    case "route.assigned":
      return `路線 ${message.route_id} ${message.driver_id}`;
    case "driver.location":
      return `司機 ${message.driver_id} ${message.latitude.toFixed(4)},${message.longitude.toFixed(4)}`;
    case "maintenance.alert":
      return `公告 ${message.severity} ${message.message}`;
  }
}

/** A driver's phone: tasks come in, steps and positions go out, each with the guide's own message. */
function Driver() {
  const [task, setTask] = useState(null);
  const [note, setNote] = useState("");
  const { isConnected, sendMessage, sendLocation } = useWebSocket({
    path: "ws/driver",
    onMessage: useCallback((message) => {
      if (message.type === "notification") {
        setNote(`${message.title} ${message.message}`);
        if (message.action?.type === "view_order") setTask(message.action.order_id);
      }
      if (message.type === "personal_message") setNote(message.content);
      if (message.type === "error") setNote(`error ${message.code}`);
    }, []),
  });
  const inHalfAnHour = () => new Date(Date.now() + 1_800_000).toISOString();
  const step = (status, details) => sendMessage({ type: "order_update", order_id: task, status, details, timestamp: new Date().toISOString() });
  return h(
    "div",
    {},
    h("span", { id: "state" }, isConnected ? "即時更新中" : "連線已斷開"),
    h("p", { id: "note" }, note),
    h("p", { id: "task" }, task),
    h("button", { id: "leave", onClick: () => step("delivering", { notes: "On the way", eta: inHalfAnHour() }) }, "出發"),
    h("button", { id: "here", onClick: () => sendLocation(25.033, 121.5654, { speed: null, heading: -1, accuracy: 10 }) }, "位置"),
    h("button", { id: "near", onClick: () => step("arriving", null) }, "快到了"),
    h("button", { id: "arrive", onClick: () => step("arrived", { notes: "", eta: null }) }, "到達"),
    h(
      "button",
      {
        id: "confirm",
        onClick: () =>
          sendMessage({ type: "delivery.confirmed", order_id: task, customer_id: customerId, confirmed_at: new Date().toISOString(), confirmation_type: "qr_code", cylinder_serial: "CYL789" }),
      },
      "送達",
    ),
  );
}

createRoot(document.getElementById("root")).render(h({ tracking: OrderTracking, office: Office, driver: Driver }[query.get("page")]));
