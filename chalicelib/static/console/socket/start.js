import { config } from "../shared/config.js";
import { el, fill, h } from "../shared/dom.js";
import { greet } from "../shared/guest-frame.js";
import { dictionary, onLanguage } from "../shared/i18n.js";
import { icon } from "../shared/icons.js";
import "../shared/more-icons.js";
import { languageToggle, themeToggle } from "../shared/toggles.js";
import { Composer } from "./composer.js";
import { connection } from "./connection.js";
import { cursorTable } from "./cursor-table.js";
import { Context } from "./context.js";
import { Log } from "./log.js";
import { token } from "./token.js";
import texts from "../texts/socket/start.json" with { type: "json" };
import "../shared/base.css";
import "./socket.css";

const words = dictionary(texts);

/** The protocol by hand: connect with a token, send any message, see every frame. */
const root = /** @type {HTMLElement} */ (document.getElementById("root"));
const context = new Context(config);

/** @type {AbortController | undefined} */
let drawn;

function draw() {
  drawn?.abort();
  drawn = new AbortController();
  const { signal } = drawn;
  document.title = words("title");
  const composer = new Composer(context, signal);
  fill(
    root,
    el(
      "header.socket-bar",
      icon("plug"),
      el("div.grow", el("h1", words("title")), el("p.small.soft", words("about"))),
      el(
        "div.row.tight",
        h("a.button.plain", { href: `${config.api}/console` }, icon("home"), words("console")),
        h("a.button.plain", { href: `${config.api}/v1/docs` }, icon("note"), words("api")),
        languageToggle(),
        themeToggle(),
      ),
    ),
    el(
      "main.socket-main",
      el("div.stack", token(context, signal), connection(context, signal), cursorTable(context, signal, () => composer.focus())),
      el("div.stack", composer.element, new Log(context, signal).element),
    ),
  );
}

greet();
onLanguage(draw);
draw();
