// From the plain page behind a link to the live one: /v1/l/{code} → /console/track#{code}, /v1/t/{qr} → /console/table#{qr}.
// The code goes behind `#`, which is not sent. Browsers too old for modules stay where they are, and so does who has
// no scripts.
const [kind, code] = location.pathname.split("/").slice(-2);
const page = kind === "t" ? "table" : "track";
// What a table's page cannot do without; they came at the same time.
const able = page === "track" || ("HTMLDialogElement" in window && "BroadcastChannel" in window);
// In place of the plain page, or "back" would lead here again.
if (code && able) location.replace(new URL(`../../console/${page}#${code}`, location.href));
