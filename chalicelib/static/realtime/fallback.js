import { backoff } from "./backoff.js";
import { Pace } from "./pace.js";
import { Poller } from "./poller.js";

// A server that restarts is back sooner; a person who looks at a page does not wait for longer.
const WAIT_MS = 4000;

/** Reads the same logs over HTTPS while no WebSocket opens or stays open. */
export class Fallback {
  /** @type {Poller | undefined} */
  #poller;
  /** @type {unknown} */
  #timer;
  #tries = 0;
  #isCaughtUp = false;
  #hasAnswered = false;
  /** One for all pollers: what the server asks to wait for outlives each. */
  #pace;
  /** @type {URL | undefined} */
  #url;
  #tools;

  /**
   * @param {{eventsUrl?: string, format?: string}} options
   * @param {{
   *   platform: import("./platform.js").Platform,
   *   serverTime: import("./server-time.js").ServerTime,
   *   renewal: import("./renewal.js").Renewal,
   *   subscriptions: import("./subscriptions.js").Subscriptions,
   *   onChange: () => void,
   *   onRefused: (error: {status: number, code: string}) => void,
   * }} tools onChange: `isLive` may have changed
   */
  constructor({ eventsUrl, format = "standard" }, tools) {
    this.#tools = tools;
    this.#pace = new Pace(tools.platform.clock);
    if (!eventsUrl) return;
    this.#url = new URL(eventsUrl, globalThis.location?.href);
    this.#url.searchParams.set("format", format);
  }

  /** Whether everything missed has come, and the server answers. */
  get isLive() {
    return this.#isCaughtUp && this.#hasAnswered;
  }

  /** There is no connection; polls where the next does not come soon. */
  begin() {
    if (!this.#poller && this.#timer === undefined) this.#later(WAIT_MS);
  }

  /** The network or the page is there again. */
  wake() {
    if (this.#poller || this.#tries) this.#open();
  }

  /** A connection has taken over, or nothing is to be followed. */
  end() {
    this.#close();
    this.#tries = 0;
    this.#isCaughtUp = this.#hasAnswered = false;
  }

  #close() {
    const { clock } = this.#tools.platform;
    clock.clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#poller?.close();
    this.#poller = undefined;
    this.#pace.stop();
  }

  /** @param {number} ms */
  #later(ms) {
    if (this.#url) this.#timer = this.#tools.platform.clock.setTimeout(() => this.#open(), ms);
  }

  #open() {
    if (!this.#url) return;
    this.#close();
    const { platform, serverTime, renewal, subscriptions, onChange, onRefused } = this.#tools;
    const poller = new Poller(
      {
        event: (event) => subscriptions.take(event),
        answered: () => {
          if (this.#hasAnswered) return;
          this.#hasAnswered = true;
          onChange();
        },
        refused: onRefused,
        ended: () => this.#ended(),
      },
      { url: this.#url, token: (why) => renewal.take(why), pace: this.#pace, platform, serverTime },
    );
    this.#poller = poller;
    void subscriptions.resume(poller).then(() => {
      if (poller !== this.#poller) return;
      this.#tries = 0;
      this.#isCaughtUp = true;
      onChange();
    });
  }

  /** There is no way to the server at present. */
  #ended() {
    const { platform, subscriptions, onChange } = this.#tools;
    this.#close();
    this.#isCaughtUp = this.#hasAnswered = false;
    subscriptions.pause();
    onChange();
    this.#later(backoff(this.#tries++, platform.random));
  }
}
