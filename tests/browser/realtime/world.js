import { Realtime } from "../../../chalicelib/static/realtime/realtime.js";
import { dice, FakeClock } from "./clock.js";
import { FakeServer } from "./server.js";

/** A client, its server, and the time that passes for both. @param {Partial<import("../../../chalicelib/static/realtime/realtime.js").Options>} [options] */
export function world(options = {}) {
  const clock = new FakeClock();
  const server = new FakeServer(clock);
  /** @type {(sign: import("../../../chalicelib/static/realtime/platform.js").Sign) => void} */
  let wake = () => {};
  /** @type {string[]} */
  const states = [];
  /** @type {unknown[]} */
  const errors = [];
  const realtime = new Realtime({
    url: "wss://example.test/api",
    token: "t1",
    onError: (error) => errors.push(error),
    ...options,
    platform: {
      clock,
      WebSocket: server.WebSocket,
      fetch: server.fetch,
      random: dice(7),
      listen: (call) => {
        wake = call;
        return () => {
          wake = () => {};
        };
      },
      ...options.platform,
    },
  });
  realtime.onState((state, reason) => states.push(reason ? `${state}:${reason}` : state));
  return {
    clock,
    server,
    realtime,
    states,
    errors,
    /** @param {import("../../../chalicelib/static/realtime/platform.js").Sign} [sign] */
    wake: (sign = "back") => wake(sign),
    /** @param {number} [ms] */
    async live(ms = 0) {
      realtime.start();
      await clock.advance(ms);
    },
  };
}

/**
 * Subscribes to a channel and records the received events.
 *
 * @param {Realtime} realtime
 * @param {string} channel
 * @param {Partial<import("../../../chalicelib/static/realtime/listener.js").Handlers>} [handlers]
 */
export function listen(realtime, channel, handlers = {}) {
  /** @type {string[]} */
  const received = [];
  const stop = realtime.subscribe(channel, { onEvent: (event) => received.push(event.id), ...handlers });
  return { received, stop };
}

/**
 * What a list over REST says beside its rows.
 *
 * @param {FakeServer} server
 * @param {string} channel
 */
export function list(server, channel) {
  return { cursors: server.heads([channel]), epochs: server.epochs([channel]) };
}
