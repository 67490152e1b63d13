import { serverClock } from "../shared/clock.js";
import { ApiError } from "../shared/http.js";
import { storedSetting, tabStorage } from "../shared/storage.js";
import { fixOf, stored, thinned } from "./position-fixes.js";

// Ten to fifteen seconds apart, and not all drivers of a business at the same moment.
const SEND_MS = 10_000;
const SPREAD_MS = 4000;
const RETRY_MS = 30_000;
// A receiver reports its place each second; the office needs one every few seconds.
const FIX_MS = 3000;
const BATCH = 100;
// A phone's clock that is off by more is wrong; by less, it may have been the network.
const CLOCK_MS = 30_000;
// Hours without a network at one fix in three seconds would be megabytes: older ones get thinner.
const MOST = 600;

/**
 * @typedef {"off" | "seeking" | "live" | "buffering" | "denied" | "unavailable"} SharingState
 *   seeking: waits for the first place. buffering: places are stored until there is a network
 * @typedef {import("./position-fixes.js").Fix} Fix
 * @typedef {{
 *   geolocation?: Pick<Geolocation, "watchPosition" | "clearWatch">, storage?: import("../shared/storage.js").Store,
 *   clock?: Pick<import("../../realtime/server-time.js").ServerTime, "now" | "device">,
 *   later?: (act: () => void, ms: number) => any, random?: () => number,
 * }} Platform for tests
 */

/** A driver's position, sent while it is shared: in batches, and stored over reloads and dead spots. */
export class Sharing {
  /** @type {SharingState} */
  state = "off";
  /** @type {number | undefined} When the office last received a place, in ms by the server's clock. */
  receivedAt;
  /** While buffering: whether there was an answer, so that it is not for want of a network. */
  answered = false;

  /** @type {Fix[]} */
  #fixes = [];
  /** @type {number | undefined} */
  #watch;
  /** @type {any} */
  #timer;
  /** @type {WakeLockSentinel | undefined} */
  #awake;
  /** @type {Set<() => void>} */
  #listeners = new Set();
  #sending = false;
  #api;
  #buffer;
  #setting;
  #geolocation;
  #clock;
  #later;
  #random;

  /** @param {Pick<import("../shared/api.js").Api, "post">} api @param {string} userId @param {Platform} [platform] */
  constructor(api, userId, { geolocation = navigator.geolocation, storage = tabStorage, clock = serverClock, later = setTimeout.bind(globalThis), random = Math.random } = {}) {
    this.#api = api;
    this.#geolocation = geolocation;
    this.#clock = clock;
    this.#later = later;
    this.#random = random;
    this.#buffer = storedSetting(storage, `fixes.${userId}`);
    this.#setting = storedSetting(storage, `sharing.${userId}`);
    this.#fixes = stored(this.#buffer.get());
  }

  /** How many places wait to be sent. */
  get waiting() {
    return this.#fixes.length;
  }

  /** Whether it was on before the page was loaded anew. */
  get wasOn() {
    return this.#setting.get() === "on";
  }

  /** @param {() => void} listener @returns {() => void} stops it */
  onChange(listener) {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Asks for the position, the first time for the right to it. */
  start() {
    if (this.#watch !== undefined) return;
    this.#setting.set("on");
    if (!this.#geolocation) return this.#setState("unavailable");
    this.#setState("seeking");
    this.#watch = this.#geolocation.watchPosition(
      (position) => this.#record(position),
      (error) => this.#fail(error),
      { enableHighAccuracy: true, maximumAge: FIX_MS, timeout: RETRY_MS },
    );
    this.#schedule(SEND_MS / 2);
    void this.stayAwake();
  }

  /** Ends it, and deletes what was not sent. */
  stop() {
    this.#setting.set(null);
    this.#fixes = [];
    this.#buffer.set(null);
    this.#end("off");
  }

  /** The screen stays on, since a browser reports no position from a pocket. Lost whenever the page is hidden. */
  async stayAwake() {
    if (this.#watch === undefined || (this.#awake && !this.#awake.released)) return;
    try {
      this.#awake = await navigator.wakeLock?.request("screen");
    } catch {
      // not in this browser, or on the last of its battery
    }
  }

  /** There may be a network again. */
  retry() {
    if (this.#watch !== undefined) this.#schedule(0);
  }

  /** @param {GeolocationPosition} position */
  #record({ coords, timestamp: deviceTime }) {
    const timestamp = this.#corrected(deviceTime);
    if (this.state === "seeking" || this.state === "unavailable") this.#setState("live");
    const last = this.#fixes.at(-1);
    if (last && timestamp - Date.parse(last.timestamp) < FIX_MS) return;
    this.#fixes.push(fixOf(coords, timestamp));
    if (this.#fixes.length > MOST) this.#fixes = thinned(this.#fixes);
    this.#save();
  }

  /**
   * When a place that has just come was taken. By a wrong clock it would be of the future, which the server ignores,
   * or too old to follow a route by. Some receivers have the right time all the same: from the satellites.
   *
   * @param {number} timestamp
   */
  #corrected(timestamp) {
    const now = this.#clock.now();
    const isClockWrong = Math.abs(this.#clock.device() - now) > CLOCK_MS;
    return isClockWrong && Math.abs(timestamp - now) > CLOCK_MS ? now : timestamp;
  }

  /** @param {GeolocationPositionError} error */
  #fail({ code, PERMISSION_DENIED }) {
    if (code === PERMISSION_DENIED) {
      // Asking again by itself would only be refused again.
      this.#setting.set(null);
      return this.#end("denied");
    }
    this.#setState("unavailable");
  }

  /** @param {SharingState} state */
  #end(state) {
    if (this.#watch !== undefined) this.#geolocation.clearWatch(this.#watch);
    this.#watch = undefined;
    clearTimeout(this.#timer);
    void this.#awake?.release().catch(() => {});
    this.#awake = undefined;
    this.#setState(state);
  }

  /** @param {number} ms */
  #schedule(ms) {
    clearTimeout(this.#timer);
    this.#timer = this.#later(() => void this.#send(), ms);
  }

  async #send() {
    if (this.#sending || this.#watch === undefined) return;
    this.#sending = true;
    let next = SEND_MS + this.#random() * SPREAD_MS;
    try {
      // The oldest first: the server takes none that is older than what it knows.
      while (this.#fixes.length) {
        const batch = this.#fixes.slice(0, BATCH);
        const taken = await this.#post(batch);
        this.#fixes = this.#fixes.filter((fix) => !batch.includes(fix));
        if (taken) this.receivedAt = this.#clock.now();
        this.#save();
        if (this.state === "buffering") this.#setState("live");
      }
    } catch (error) {
      next = RETRY_MS / 2 + (this.#random() * RETRY_MS) / 2;
      this.answered = error instanceof ApiError && error.status > 0;
      if (this.#watch !== undefined) this.#setState("buffering");
    } finally {
      this.#sending = false;
    }
    if (this.#watch !== undefined) this.#schedule(next);
    this.#changed();
  }

  /** @param {Fix[]} batch @returns {Promise<number>} how many the server took */
  async #post(batch) {
    try {
      const { accepted } = await this.#api.post("/v1/drivers/me/location", batch, { signal: AbortSignal.timeout(SEND_MS) });
      return accepted;
    } catch (error) {
      // What is refused now is refused each time: it must not hold up what comes after.
      if (!(error instanceof ApiError && error.status === 422)) throw error;
      return 0;
    }
  }

  #save() {
    this.#buffer.set(JSON.stringify(this.#fixes));
    this.#changed();
  }

  /** @param {SharingState} state */
  #setState(state) {
    this.state = state;
    this.#changed();
  }

  #changed() {
    for (const listener of [...this.#listeners]) listener();
  }
}

/** @type {{userId: string, sharing: Sharing} | undefined} */
let known;

/**
 * The sharing of the signed-in user. It continues on other pages of the console, and ends with the sign-in.
 *
 * @param {import("../shared/api.js").Api} api
 * @param {import("../shared/session.js").Session} session
 * @param {string} userId
 */
export function sharingOf(api, session, userId) {
  if (known?.userId !== userId) {
    const sharing = new Sharing(api, userId);
    known = { userId, sharing };
    session.onChange(() => {
      if (session.me?.id === userId) return;
      sharing.stop();
      if (known?.sharing === sharing) known = undefined;
    });
    addEventListener("online", () => sharing.retry());
    document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && void sharing.stayAwake());
    if (sharing.wasOn) sharing.start();
  }
  return known.sharing;
}
