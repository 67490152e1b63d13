// What a frontend written to the guide puts in place of its own hook's file; see docs/migration.md.
import { HOST, token } from "./settings.js";

const { configure, useWebSocket } = await import(`http://${HOST}/api/static/latest/realtime/use-websocket.js`);
configure({ url: `ws://${HOST}/api/v1/websocket/ws`, eventsUrl: `http://${HOST}/api/v1/events`, token });
export { useWebSocket };
