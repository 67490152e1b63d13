/**
 * Any order of events, delays, losses, repeats, broken connections, blocked WebSockets, takeovers, silences and new logs.
 * What must hold:
 * each listener receives every event of its channel exactly once and in order, since it last loaded its list.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { dice } from "./clock.js";
import { world } from "./world.js";

const SEEDS = Number(process.env.SEEDS ?? 400);
const STEPS = 60;
const CHANNELS = ["orders", "order:1", "system"];

/**
 * A list over REST and what is shown of it: the events that it counts, and those received since.
 *
 * @param {ReturnType<typeof world>} it
 * @param {string} channel
 * @param {() => number} random
 */
function board({ server, realtime, clock }, channel, random) {
  const self = {
    channel,
    /** @type {string[]} */
    shown: [],
    base: 0,
    epoch: "",
    stop: realtime.subscribe(channel, {
      onEvent: (event) => self.shown.push(event.id),
      onReload: async () => {
        const { head, epoch } = server.log(channel);
        await new Promise((resolve) => clock.setTimeout(() => resolve(undefined), random() * 200));
        if (random() < 0.2) throw new Error("503");
        Object.assign(self, { base: head, epoch, shown: [] });
        return { cursors: { [channel]: head }, epochs: { [channel]: epoch } };
      },
    }),
  };
  return self;
}

/** @param {number} seed */
async function history(seed) {
  const random = dice(seed);
  const it = world({ platform: { random }, eventsUrl: "https://example.test/api/v1/events" });
  const { server, realtime, clock, wake } = it;
  const trouble = { late: random() * 400, lost: random() * 0.3, twice: random() * 0.2 };
  server.delay = () => random() * trouble.late;
  server.arrives = () => (random() < trouble.lost ? 0 : random() < trouble.twice ? 2 : 1);
  const boards = [board(it, "orders", random), board(it, "orders", random), board(it, "order:1", random)];

  const steps = [
    () => server.publish(CHANNELS.filter(() => random() < 0.5)),
    () => server.publish(["orders", "order:1"]),
    () => server.publish(["orders"], { carried: false }),
    () => {
      for (let n = random() * 12; n > 0; n--) server.publish(["orders"]);
    },
    () => clock.advance(random() * 100),
    () => clock.advance(random() * 3000),
    () => random() < 0.3 && clock.advance(45_000),
    () => server.last?.drop(),
    () => wake(),
    () => server.last?.post([{ type: "reconnect", code: "rollover", timestamp: server.wire() }]),
    () => {
      server.dead = random() < 0.3;
    },
    () => {
      const refused = random() < 0.3;
      server.admits = () => !refused;
    },
    async () => {
      // A proxy comes up in between, which lets HTTPS through.
      server.admits = () => false;
      for (const socket of [...server.open]) socket.drop();
      await clock.advance(random() * 10_000);
    },
    () => {
      const way = random();
      server.rest = () => (way < 0.2 ? "away" : way < 0.3 ? "dead" : way < 0.4 ? { status: 503 } : undefined);
    },
    () => {
      // One answer holds few events.
      server.mostEvents = random() < 0.3 ? 3 : Infinity;
    },
    () => random() < 0.1 && (realtime.stop(), realtime.start()),
    async () => {
      if (random() > 0.05) return;
      // No event of the old log is still on its way: it would pass for one of the new.
      await clock.advance(trouble.late);
      server.begin("orders");
    },
    () => {
      for (let n = 0; random() < 0.05 && n < 301; n++) server.publish(["order:1"]);
    },
    () => {
      if (random() > 0.3) return;
      const gone = boards.splice(Math.floor(random() * boards.length), 1);
      for (const { stop } of gone) stop();
      boards.push(board(it, gone[0].channel, random));
    },
  ];
  realtime.start();
  for (let n = 0; n < STEPS; n++) await steps[Math.floor(random() * steps.length)]();

  server.dead = false;
  const staysBlocked = random() < 0.3;
  server.admits = () => !staysBlocked;
  if (staysBlocked) for (const socket of [...server.open]) socket.drop();
  server.rest = () => undefined;
  server.arrives = () => 1;
  await clock.advance(100_000);
  assert.equal(realtime.state, staysBlocked ? "polling" : "live");
  for (const { channel, shown, base, epoch } of boards) {
    const log = server.log(channel);
    assert.equal(epoch, log.epoch, `the list of ${channel} is of another log`);
    const wanted = [...log.events].filter(([number, { type }]) => number > base && type !== "unspoken");
    assert.deepEqual(shown, wanted.map(([, { id }]) => id), channel);
  }
}

test(`in ${SEEDS} random histories every event is delivered exactly once and in order`, async () => {
  for (let seed = 1; seed <= SEEDS; seed++) {
    await assert.doesNotReject(history(seed), `seed ${seed}`);
  }
});
