import SwaggerUI from "swagger-ui-dist/swagger-ui-es-bundle.js";
import "swagger-ui-dist/swagger-ui.css";
import "./viewer.css";
import { config } from "../shared/config.js";
import { el, fill, h } from "../shared/dom.js";
import { Session } from "../shared/session.js";
import { pictures } from "./pictures.js";
import { search } from "./search.js";

const root = /** @type {HTMLElement} */ (document.getElementById("root"));
const caller = h("p", { role: "status" });
const viewer = el("main");
const session = new Session(config.api);
// The session of this tab or of another one. Without one, the viewer sends the token that was entered, or none.
const started = session.start().catch(() => {});

/**
 * Sends the console's access token where the reader has entered none. It is asked for with each request, as it expires.
 *
 * @param {{url: string, headers: Record<string, string>, loadSpec?: boolean}} request
 */
async function authorize(request) {
  await started;
  if (session.me && !request.loadSpec && !request.headers.Authorization)
    request.headers.Authorization = `Bearer ${await session.token()}`;
  return request;
}

function showCaller() {
  const me = session.me;
  caller.textContent = me
    ? `Requests are real and sent as ${me.name} (${me.role}), or with the token that you enter under “Authorize”.`
    : "Requests are real. Sign in to the console, or enter an access token under “Authorize”.";
}

const dark = matchMedia("(prefers-color-scheme: dark)");
function showTheme() {
  const { theme } = document.documentElement.dataset;
  document.documentElement.classList.toggle("dark-mode", theme ? theme === "dark" : dark.matches);
}

// The document is in English, whichever language the console has.
document.documentElement.lang = "en";
dark.addEventListener("change", showTheme);
showTheme();
fill(
  root,
  el("header", h("a", { href: `${config.api}/console` }, "Console"), caller),
  viewer,
  el("footer", h("a", { href: `${config.static}/latest/licences/swagger-ui-dist.txt` }, "Licences of this viewer")),
);
session.onChange(showCaller);
void started.then(showCaller);
SwaggerUI({
  domNode: viewer,
  url: `${config.api}/v1/openapi.json`,
  deepLinking: true,
  defaultModelsExpandDepth: 0,
  filter: true,
  // x-roles of operations, x-audiences of fields.
  showExtensions: true,
  plugins: [{ fn: { opsFilter: search } }, pictures],
  requestInterceptor: authorize,
  // Otherwise documents are sent to an online validator.
  validatorUrl: null,
});
