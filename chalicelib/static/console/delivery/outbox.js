import { ApiError } from "../shared/http.js";
import { Locks } from "../shared/locks.js";
import { upload } from "../shared/upload.js";
import { openStore } from "./row-store.js";

// Slower, and the driver has put the phone away; faster, and a dead spot empties the battery.
const RETRY_MS = [3000, 5000, 10_000, 20_000, 30_000];
const ANSWER_WITHIN_MS = 20_000;
const UPLOAD_WITHIN_MS = 90_000;
// A route's orders go out a moment after it; until then they refuse what belongs to the way.
const GOING_OUT_MS = 60_000;
// More than a driver does between two loads of the day.
const MOST_SENT = 20;
const WAY = ["assigned", "delivering", "arriving", "arrived", "delivered"];
// The SMS says 10 to 15 minutes, which is wrong by then; with the driver at the door, it is wrong at once.
const ARRIVING_MAX_AGE_MS = 5 * 60_000;
const AT_DOOR_MAX_AGE_MS = 60_000;

/**
 * Something that a driver has done, until the server has accepted it. It is sent again with the same body, which is
 * harmless when repeated.
 *
 * @typedef {{
 *   id: string, who: string, at: string, kind: "step" | "confirm" | "start" | "complete", subject: string,
 *   label: string, path: string, body: Record<string, unknown>, picture?: Blob, refused?: string, sent?: number,
 * }} Entry
 *   subject: id of the order or route; label: what people call it. picture: to be uploaded before. refused: the code
 *   of a refusal that the driver has not seen yet. sent: when the server accepted it, in ms
 * @typedef {{
 *   store?: Promise<import("./row-store.js").Store>, locks?: Pick<Locks, "request">, now?: () => number,
 *   later?: (act: () => void, ms: number) => unknown, upload?: typeof uploaded,
 * }} Platform for tests
 */

/**
 * What waits for the network, oldest first. Tabs share it, and take turns to send. An entry that cannot be sent holds back
 * later entries of the same order only. A route's start and end wait for everything before them, and everything after waits
 * for them.
 */
export class Outbox {
  /** @type {readonly Entry[]} */
  entries = [];
  /** What the server accepted lately: a list that was requested before does not contain it. @type {readonly Entry[]} */
  sent = [];
  /** Whether the server answered when something could not be sent last: then the network is not the cause. */
  answered = false;

  /** @type {Map<string, {resolve(how: "sent" | "waiting"): void, reject(error: unknown): void, signal: AbortSignal | undefined}>} */
  #callers = new Map();
  /** @type {Set<() => void>} */
  #listeners = new Set();
  #tries = 0;
  #wentOut = -Infinity;
  #sending = false;
  #again = false;
  #planned = false;
  #api;
  #userId;
  #store;
  #locks;
  #now;
  #later;
  #upload;

  /** @param {Pick<import("../shared/api.js").Api, "post">} api @param {string} who user id @param {Platform} [platform] */
  constructor(api, who, { store = openStore("outbox"), locks = new Locks(), now = Date.now, later = setTimeout.bind(globalThis), upload = uploaded } = {}) {
    this.#api = api;
    this.#userId = who;
    this.#store = store;
    this.#locks = locks;
    this.#now = now;
    this.#later = later;
    this.#upload = upload;
  }

  /** @param {() => void} listener @returns {() => void} stops it */
  onChange(listener) {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * Does something, now or as soon as it can be.
   *
   * @param {Omit<Entry, "id" | "who" | "at">} what
   * @param {{signal?: AbortSignal}} [asker] signal: aborts when the form is closed; a refusal is shown on the page then
   * @returns {Promise<"sent" | "waiting">} waiting: it is stored and will be sent. Rejects with ApiError where it was refused
   */
  async send(what, { signal } = {}) {
    const entry = { ...what, id: crypto.randomUUID(), who: this.#userId, at: new Date(this.#now()).toISOString() };
    await (await this.#store).put(entry);
    const outcome = new Promise((resolve, reject) => this.#callers.set(entry.id, { resolve, reject, signal }));
    void this.flush();
    return /** @type {Promise<"sent" | "waiting">} */ (outcome);
  }

  /** How many entries have not been sent yet. */
  async count() {
    return (await this.#read()).filter(({ refused }) => !refused).length;
  }

  /** Forgets a refusal, or what is done. @param {string} id */
  async dismiss(id) {
    await (await this.#store).remove(id);
    await this.#read();
  }

  /** Sends what waits; to be called when there may be a network again. */
  async flush() {
    this.#again = true;
    if (this.#sending) return;
    this.#sending = true;
    try {
      while (this.#again) {
        this.#again = false;
        await this.#locks.request("luckygas.outbox", () => this.#sendAll());
      }
    } finally {
      this.#sending = false;
    }
  }

  async #sendAll() {
    const waiting = (await this.#read()).filter(({ refused }) => !refused);
    const late = overtaken(waiting, this.#now());
    /** @type {Set<string>} Of which something could not be sent. */
    const held = new Set();
    for (const entry of waiting) {
      const ofRoute = entry.kind === "start" || entry.kind === "complete";
      if (late.has(entry.id)) await this.dismiss(entry.id);
      if (late.has(entry.id) || held.has(entry.subject)) continue;
      if (ofRoute && held.size) break;
      try {
        await this.#sendOne(entry);
        await this.#markSent(entry);
      } catch (error) {
        if (isDone(entry, error)) await this.#markSent(entry);
        else if (this.#isFinal(error)) await this.#refuse(entry, /** @type {ApiError} */ (error));
        else {
          held.add(entry.subject);
          this.answered = !isNetwork(error);
          // The others would only wait for no answer as well.
          if (ofRoute || isNetwork(error)) break;
        }
      }
      if (!held.has(entry.subject)) this.#tries = 0;
    }
    if (held.size) this.#wait(waiting);
  }

  /** @param {Entry} entry */
  async #sendOne(entry) {
    let { body } = entry;
    if (entry.picture && !body.upload_key) {
      body = { ...body, upload_key: await this.#upload(this.#api, entry) };
      // Later attempts send this picture, and no second upload.
      Object.assign(entry, { body });
      await (await this.#store).put(entry);
    }
    await this.#api.post(entry.path, body, { signal: AbortSignal.timeout(ANSWER_WITHIN_MS) });
    if (entry.kind === "start") this.#wentOut = this.#now();
  }

  /** @param {Entry} entry */
  async #markSent(entry) {
    this.sent = [...this.sent.slice(-MOST_SENT), { ...entry, sent: this.#now() }];
    await this.dismiss(entry.id);
  }

  /** @param {Entry} entry @param {ApiError} error */
  async #refuse(entry, error) {
    const asker = this.#callers.get(entry.id);
    this.#callers.delete(entry.id);
    // An open form shows the refusal; else the page shows it until it is dismissed.
    if (asker && !asker.signal?.aborted) await this.dismiss(entry.id);
    else await (await this.#store).put(/** @type {Entry} */ ({ ...entry, refused: error.code }));
    await this.#read();
    asker?.reject(error);
  }

  /** @param {readonly Entry[]} tried */
  #wait(tried) {
    for (const { id } of tried) {
      this.#callers.get(id)?.resolve("waiting");
      this.#callers.delete(id);
    }
    this.#changed();
    if (this.#planned) return;
    this.#planned = true;
    this.#later(() => this.#retry(), RETRY_MS[Math.min(this.#tries++, RETRY_MS.length - 1)] ?? 0);
  }

  #retry() {
    this.#planned = false;
    void this.flush();
  }

  /** @param {unknown} error */
  #isFinal(error) {
    if (!(error instanceof ApiError)) return false;
    const { status, code, problem } = error;
    if (code === "illegal_transition" && problem.current_status === "assigned" && this.#now() - this.#wentOut < GOING_OUT_MS)
      return false;
    return status >= 400 && status < 500 && ![401, 408].includes(status) && code !== "busy" && code !== "too_fast";
  }

  async #read() {
    // A caller that is added from now on may have an entry that this reading does not contain.
    const callers = [...this.#callers.keys()];
    const rows = /** @type {Entry[]} */ (await (await this.#store).all());
    const mine = rows.filter(({ who }) => who === this.#userId);
    this.entries = mine.sort((one, other) => one.at.localeCompare(other.at));
    for (const id of callers) await this.#answer(id);
    this.#changed();
    return this.entries;
  }

  /** Another tab may have sent it: an entry that is gone was sent. @param {string} id of an entry with a caller */
  async #answer(id) {
    const asker = this.#callers.get(id);
    const entry = this.entries.find((each) => each.id === id);
    if (!asker || (entry && !entry.refused)) return;
    this.#callers.delete(id);
    if (!entry) return asker.resolve("sent");
    asker.reject(new ApiError(422, { code: entry.refused }));
    if (asker.signal?.aborted) return;
    await (await this.#store).remove(id);
    this.entries = this.entries.filter((each) => each.id !== id);
  }

  #changed() {
    for (const listener of [...this.#listeners]) listener();
  }
}

/**
 * Steps of the way that are out of date, and would still be sent to the customer by SMS: the end of the stop waits behind them, or
 * they are old. Arrived can only be reported after arriving.
 *
 * @param {readonly Entry[]} waiting in the order in which it was done
 * @param {number} now
 * @returns {Set<string>} ids
 */
function overtaken(waiting, now) {
  /** @type {Set<string>} */
  const late = new Set();
  /** @type {Set<string>} Orders whose `arriving` is not sent. */
  const unreported = new Set();
  for (const [n, { id, kind, subject, body, at }] of waiting.entries()) {
    if (kind !== "step" || (body.status !== "arriving" && body.status !== "arrived")) continue;
    const behind = waiting.slice(n + 1).filter((each) => each.subject === subject);
    const isOver = behind.some((each) => each.body.status !== "arrived");
    const isOld = body.status === "arriving" && now - Date.parse(at) > (behind.length ? AT_DOOR_MAX_AGE_MS : ARRIVING_MAX_AGE_MS);
    if (!isOver && !isOld && !unreported.has(subject)) continue;
    late.add(id);
    unreported.add(subject);
  }
  return late;
}

/** Whether nothing answered. @param {unknown} error */
function isNetwork(error) {
  return error instanceof ApiError ? error.status === 0 : error instanceof DOMException && error.name === "TimeoutError";
}

/**
 * Whether a refusal means that it was done before: the answer to the step was lost, or the server made it itself.
 *
 * @param {Entry} entry
 * @param {unknown} error
 */
function isDone({ kind, body }, error) {
  if (kind !== "step" || !(error instanceof ApiError) || error.code !== "illegal_transition") return false;
  const { current_status: current } = error.problem;
  const requested = String(body.status);
  return current === requested || (WAY.includes(requested) && WAY.indexOf(current) > WAY.indexOf(requested));
}

/**
 * Uploads an entry's picture.
 *
 * @param {Pick<import("../shared/api.js").Api, "post">} api
 * @param {Entry} entry
 * @returns {Promise<string>} its key
 */
async function uploaded(api, { subject, body, picture }) {
  const file = /** @type {Blob} */ (picture);
  const order = { kind: body.confirmation_type, content_type: file.type };
  const signal = AbortSignal.timeout(ANSWER_WITHIN_MS);
  const { url, fields, upload_key } = await api.post(`/v1/deliveries/${subject}/uploads`, order, { signal });
  // The API answers, so there is a network: where this fails, only this picture has to wait.
  await upload({ url, fields }, file, AbortSignal.timeout(UPLOAD_WITHIN_MS));
  return upload_key;
}

/** @type {{who: string, outbox: Outbox} | undefined} */
let known;

/**
 * The outbox of the signed-in user; it continues when its page is left.
 *
 * @param {import("../shared/api.js").Api} api
 * @param {string} who
 */
export function outboxOf(api, who) {
  if (known?.who !== who) {
    const outbox = new Outbox(api, who);
    known = { who, outbox };
    addEventListener("online", () => known?.outbox === outbox && void outbox.flush());
  }
  return known.outbox;
}
