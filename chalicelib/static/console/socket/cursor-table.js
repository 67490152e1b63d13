import { el, fill, h } from "../shared/dom.js";
import { dictionary } from "../shared/i18n.js";
import { icon } from "../shared/icons.js";
import texts from "../texts/socket/cursor-table.json" with { type: "json" };

const words = dictionary(texts);

/**
 * Where each channel stands.
 *
 * @param {import("./context.js").Context} context
 * @param {AbortSignal} signal
 * @param {() => void} asked what to do when a form holds the question for more
 */
export function cursorTable(context, signal, asked) {
  const rows = el("tbody");
  const table = el(
    "table",
    el("thead", el("tr", [words("channel"), words("cursor"), words("head")].map((name) => h("th", { scope: "col" }, name)), h("th", { scope: "col" }, el("span.unseen", words("action"))))),
    rows,
  );
  const none = el("p.soft", words("none"));

  /** @param {[string, import("./cursors.js").Channel]} entry */
  const row = ([channel, { cursor, head, epoch, watched }]) => {
    const label = words("resume", { channel, cursor });
    const resume = () => {
      context.resume(channel);
      asked();
    };
    return h(
      "tr",
      { dataset: { channel } },
      el("td", el("code", channel), !watched && el("div.small.soft", words("unwatched")), epoch && el("div.small.soft.mono.epoch", epoch)),
      el("td.number", cursor),
      el("td.number", head > cursor ? el("span.badge.amber", head) : head),
      el("td", h("button.button.plain.square", { "aria-label": label, title: label, onclick: resume }, icon("refresh"))),
    );
  };
  function draw() {
    const { channels } = context.cursors;
    table.hidden = channels.size === 0;
    none.hidden = channels.size > 0;
    fill(rows, [...channels].sort(([a], [b]) => (a < b ? -1 : 1)).map(row));
  }

  // A replay of hundreds is drawn once.
  let due = false;
  const soon = () => {
    if (due) return;
    due = true;
    requestAnimationFrame(() => {
      due = false;
      if (!signal.aborted) draw();
    });
  };
  context.on((change) => (change === "frame" || change === "state") && soon(), signal);
  draw();
  return el("section.card.stack", el("div", el("h2", words("title")), el("p.small.soft", words("about"))), table, none);
}
