import { fill, h } from "../shared/dom.js";
import { dictionary } from "../shared/i18n.js";
import { complain, notify } from "../shared/notices.js";
import { copied, isWanted, MOST_FRAMES } from "./frames.js";
import { row } from "./frame-row.js";
import texts from "../texts/socket/log.json" with { type: "json" };

const words = dictionary(texts);

// Whoever is this near to the end wants to see what comes.
const NEAR_PX = 48;

/**
 * What went over the line, the newest last.
 *
 * @param {import("./context.js").Context} context
 * @param {AbortSignal} signal
 */
export function log(context, signal) {
  const { frames } = context;
  const list = h("div", { class: "frames", role: "log", "aria-live": "off", "aria-label": words("title"), tabindex: 0 });
  const none = h("p", { class: "soft" }, words("none"));
  const filter = h("select", { name: "filter", "aria-label": words("filter") });
  const pause = h("button", { class: "button", "aria-pressed": "false" });
  /** How many have come since the pause; undefined while there is none. @type {number | undefined} */
  let missed;
  let types = "";

  const wanted = () => frames.all.filter((frame) => isWanted(frame, filter.value));
  function options() {
    const found = frames.types();
    if (types === found.join()) return;
    types = found.join();
    const { value } = filter;
    fill(filter, h("option", { value: "" }, words("all")), h("option", { value: "-" }, words("quiet")), found.map((type) => h("option", { value: type }, type)));
    filter.value = found.includes(value) ? value : value === "-" ? "-" : "";
  }
  function draw() {
    options();
    fill(list, wanted().map(row));
    list.scrollTop = list.scrollHeight;
    bar();
  }
  function bar() {
    none.hidden = frames.all.length > 0;
    list.hidden = !none.hidden;
    pause.setAttribute("aria-pressed", String(missed !== undefined));
    pause.textContent = missed === undefined ? words("pause") : words("resume", { count: missed });
  }
  /** @param {import("./frames.js").Frame} frame */
  function add(frame) {
    if (missed !== undefined) missed++;
    else if (isWanted(frame, filter.value)) {
      const near = list.scrollHeight - list.scrollTop - list.clientHeight < NEAR_PX;
      list.append(row(frame));
      if (list.childElementCount > MOST_FRAMES) list.firstElementChild?.remove();
      if (near) list.scrollTop = list.scrollHeight;
    }
    options();
    bar();
  }

  pause.addEventListener("click", () => {
    missed = missed === undefined ? 0 : undefined;
    if (missed === undefined) draw();
    else bar();
  });
  filter.addEventListener("change", draw);
  const clear = () => {
    frames.clear();
    if (missed !== undefined) missed = 0;
    draw();
  };
  const copy = async () => {
    const shown = wanted();
    try {
      await navigator.clipboard.writeText(copied(shown));
      notify(words("copied", { count: shown.length }));
    } catch (error) {
      complain(error);
    }
  };
  context.on((change, frame) => {
    if (change === "frame" && frame) add(frame);
  }, signal);
  types = "-"; // the options are of this language
  draw();
  return h(
    "section",
    { class: "card stack log" },
    h("div", {}, h("h2", {}, words("title")), h("p", { class: "small soft" }, words("about", { kept: MOST_FRAMES.toLocaleString() }))),
    h(
      "div",
      { class: "row tight" },
      h("div", { class: "field grow" }, filter),
      pause,
      h("button", { class: "button", onclick: clear }, words("clear")),
      h("button", { class: "button", onclick: copy }, words("copy")),
    ),
    none,
    list,
  );
}
