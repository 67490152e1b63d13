import { el, fill, h } from "../shared/dom.js";
import { listed } from "../shared/i18n.js";
import { complain, failed, loading } from "../shared/notices.js";
import { roleName } from "../shared/words.js";
import { channelName, words } from "./health-words.js";
import { Pager } from "../shared/pager.js";

/** @import { Connection } from "./types.js" */

/**
 * The open connections: user, times and channels.
 *
 * @param {{api: import("../shared/api.js").Api, format: import("../shared/format.js").Format, me: import("../shared/session.js").Me}} context
 * @param {AbortSignal} signal
 */
export function connectionList({ api, format, me }, signal) {
  /** @type {Pager<Connection & {id: string}>} */
  const pager = new Pager(async (page, asked) => {
    const { items, next_cursor } = await api.get("/v1/realtime/connections", { query: page, signal: asked });
    return { items: items.map((/** @type {Connection} */ each) => ({ ...each, id: each.connection_id })), next_cursor };
  }, signal);
  const place = el("div", loading(3));
  const more = h("button.button", { hidden: true, onclick: () => pager.more().then(draw, complain) }, words("more"));
  const element = el("section.card.stack", el("h2", words("who")), place, more);

  async function load() {
    try {
      draw(await pager.load({ shown: true }));
    } catch (error) {
      if (!signal.aborted && !place.querySelector("table")) fill(place, failed(error, load));
    }
  }

  /** @param {boolean} isNew */
  function draw(isNew) {
    if (!isNew) return;
    more.hidden = !pager.hasMore;
    if (pager.rows.length === 0) return void fill(place, el("p.soft", words("noConnections")));
    const heads = [words("name"), words("role"), words("since"), words("seen"), words("channels")];
    fill(
      place,
      el("table.connections", el("thead", el("tr", heads.map((head) => h("th", { scope: "col" }, head)))), el("tbody", pager.rows.map((row) => one(row, heads)))),
    );
  }

  /** @param {Connection} row @param {readonly string[]} heads repeated where the table is no table: on a phone */
  function one({ user_id, name, role, channels, connected_at, last_seen_at }, heads) {
    const guest = role === "tracker" || role === "table";
    /** @type {import("../shared/dom.js").Child[]} */
    const cells = [
      el("span", el("bdi", name ?? words("guest")), user_id === me.id && el("span.small.soft", ` ${words("you")}`)),
      guest ? words(role) : roleName.has(role) ? roleName(role) : role,
      h("time", { datetime: connected_at }, format.clock(connected_at)),
      h("time", { datetime: last_seen_at }, format.ago(last_seen_at)),
      el("span.small.soft", listed(channels.map(shortened))),
    ];
    return el("tr", cells.map((cell, n) => h("td", { dataset: { head: heads[n] } }, cell)));
  }

  return { element, load };
}

/** A channel of one thing has a long id, of which the end is enough. @param {string} channel */
function shortened(channel) {
  const [prefix = "", id] = channel.split(":");
  const name = channelName.has(prefix) ? channelName(prefix) : prefix;
  return id ? `${name} …${id.slice(-4)}` : name;
}
