// The simple frontend: its hook is as it is in the field. What it takes from other libraries is only written down here.
import { createElement as h, createRoot, useCallback, useEffect, useRef, useState } from "react";
import { VITE_WS_URL } from "./settings.js";

const markers = new Map();

function useSimpleWebSocket(queryClient, notification, updateDriverMarker) {
  const ws = useRef(null);
  const reconnectTimer = useRef();

  const connect = useCallback(() => {
    ws.current = new WebSocket(`${VITE_WS_URL}/ws`);
    ws.current.onmessage = (event) => handleEvent(JSON.parse(event.data));
    ws.current.onclose = () => {
      reconnectTimer.current = setTimeout(connect, 3000);
    };
  }, []);

  const handleEvent = (event) => {
    switch (event.type) {
      case "order_status_changed":
        queryClient.invalidateQueries({ queryKey: ["orders"] });
        notification.info({ message: "訂單狀態更新", description: `訂單 ${event.data.order_number} 狀態已更新為 ${event.data.status}` });
        break;
      case "route_assigned":
        queryClient.invalidateQueries({ queryKey: ["routes"] });
        break;
      case "driver_location":
        updateDriverMarker(event.data);
        break;
    }
  };

  useEffect(() => {
    connect();
    return () => {
      clearTimeout(reconnectTimer.current);
      ws.current.onclose = null;
      ws.current.close();
    };
  }, [connect]);
}

function Screen() {
  const [lines, setLines] = useState([]);
  const add = (line) => setLines((before) => [...before, line]);
  useSimpleWebSocket(
    { invalidateQueries: ({ queryKey: [key] }) => add(`reload ${key}`) },
    { info: ({ description }) => add(description) },
    ({ driver_id, latitude, longitude }) => {
      markers.set(driver_id, [latitude, longitude]);
      add(`marker ${driver_id} ${latitude},${longitude}`);
    },
  );
  return h("ol", { id: "lines" }, lines.map((line, n) => h("li", { key: n }, line)));
}

createRoot(document.getElementById("root")).render(h(Screen));
