// From the plain page behind a link to the live one: /v1/l/{code} → /console/track#{code}, /v1/t/{qr} → /console/table#{qr}.
// The code goes behind `#`, which is not sent. Browsers too old for modules stay where they are, and so does who has
// no scripts.
const [kind, code] = location.pathname.split("/").slice(-2);
const page = kind === "t" ? "table" : "track";
// In place of the plain page, or "back" would lead here again.
if (code) location.replace(new URL(`../../console/${page}#${code}`, location.href));
