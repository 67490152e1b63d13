// From the plain page behind a text's link to the live one: /v1/l/{code} → /console/track#{code}. The code goes behind
// `#`, which is not sent. Browsers too old for modules stay where they are, and so does who has no scripts.
const code = location.pathname.split("/").at(-1);
// In place of the plain page, or "back" would lead here again.
if (code) location.replace(new URL(`../../console/track#${code}`, location.href));
