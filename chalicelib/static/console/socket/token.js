import { now } from "../shared/clock.js";
import { el, fill, h } from "../shared/dom.js";
import { field, form, passwordInput } from "../shared/forms.js";
import { dictionary, language } from "../shared/i18n.js";
import { icon } from "../shared/icons.js";
import { complain } from "../shared/notices.js";
import { shellWords } from "../shared/shell-words.js";
import { words as shared } from "../shared/words.js";
import texts from "../texts/socket/token.json" with { type: "json" };

const words = dictionary(texts);

/** Where the token comes from: pasted, or a sign-in. @param {import("./context.js").Context} context @param {AbortSignal} signal */
export function token(context, signal) {
  const { credentials } = context;
  // As a password, so that it is on no screenshot; in no form, so that no browser offers to keep it.
  const input = h("input.mono", { type: "password", name: "token", autocomplete: "off", spellcheck: "false", value: credentials.token });
  const facts = h("p.row.tight.small", { role: "status" });
  const session = el("div.stack");
  input.addEventListener("input", () => {
    credentials.paste(input.value);
    context.notify("state");
  });

  /** @param {() => Promise<void>} act on the sign-in */
  const changing = async (act) => {
    try {
      await act();
    } catch (error) {
      complain(error);
    }
    context.notify("state");
  };
  const signIn = h(
    "details",
    { open: credentials.token === "" },
    el("summary", words("signIn")),
    form(
      { submit: shellWords("signIn") },
      async ({ username = "", password = "" }, element) => {
        await credentials.signIn(username.trim(), password);
        element.reset();
        context.notify("state");
      },
      field(shared("username"), h("input", { name: "username", autocomplete: "username", autocapitalize: "none", spellcheck: "false", inputmode: "email", required: true })),
      field(shared("password"), passwordInput("password", "current-password")),
    ),
  );

  function draw() {
    const { me, claims } = credentials;
    if (input.value.trim() !== credentials.token) input.value = credentials.token;
    fill(facts, ...tokenFacts(credentials.token, claims));
    const view = me ? "in" : "out";
    if (session.dataset.session === view) return;
    session.dataset.session = view;
    if (!me) return void fill(session, signIn);
    fill(
      session,
      el("p.small", words("signedIn", { name: me.name, tenant: me.tenant.name })),
      el(
        "div.row.tight",
        h("button.button", { onclick: () => changing(() => credentials.renew()) }, icon("refresh"), words("renew")),
        h("button.button.plain", { onclick: () => changing(() => credentials.signOut()) }, icon("leave"), shellWords("signOut")),
      ),
    );
  }

  context.on((change) => change === "state" && draw(), signal);
  draw();
  return el("section.card.stack", el("h2", words("title")), field(words("token"), input, { hint: words("hint") }), facts, session);
}

/** What a token says of itself. @param {string} text @param {import("./credentials.js").Claims | undefined} claims */
function tokenFacts(text, claims) {
  if (text === "") return [el("span.soft", words("none"))];
  if (!claims) return [el("span.badge.red", words("unreadable"))];
  const ends = new Date(claims.exp * 1000);
  const time = ends.toLocaleTimeString(language(), { hourCycle: "h23" });
  const over = ends.getTime() < now();
  return [
    el("span.badge.blue", claims.role),
    el("span.badge", claims.kind),
    h("span", { class: over ? "badge red" : "badge green" }, words(over ? "over" : "until", { time })),
  ];
}
