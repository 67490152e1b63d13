import { config } from "../shared/config.js";
import { fill, h } from "../shared/dom.js";
import { greet } from "../shared/guest-frame.js";
import { dictionary, onLanguage } from "../shared/i18n.js";
import { icon } from "../shared/icons.js";
import "../shared/more-icons.js";
import { languageToggle, themeToggle } from "../shared/toggles.js";
import { Composer } from "./composer.js";
import { connection } from "./connection.js";
import { cursorTable } from "./cursor-table.js";
import { Context } from "./context.js";
import { log } from "./log.js";
import { token } from "./token.js";
import texts from "../texts/socket/start.json" with { type: "json" };
import "../shared/base.css";
import "./socket.css";

const words = dictionary(texts);

/** The protocol by hand: connect with a token, say what a client may say, see every frame. */
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
    h(
      "header",
      { class: "socket-bar" },
      icon("plug"),
      h("div", { class: "grow" }, h("h1", {}, words("title")), h("p", { class: "small soft" }, words("about"))),
      h(
        "div",
        { class: "row tight" },
        h("a", { class: "button plain", href: `${config.api}/console` }, icon("home"), words("console")),
        h("a", { class: "button plain", href: `${config.api}/v1/docs` }, icon("note"), words("api")),
        languageToggle(),
        themeToggle(),
      ),
    ),
    h(
      "main",
      { class: "socket-main" },
      h("div", { class: "stack" }, token(context, signal), connection(context, signal), cursorTable(context, signal, () => composer.focus())),
      h("div", { class: "stack" }, composer.element, log(context, signal)),
    ),
  );
}

greet();
onLanguage(draw);
draw();
