import assert from "node:assert/strict";
import { test } from "node:test";
import { ApiError } from "../../../chalicelib/static/console/shared/http.js";
import "../../../chalicelib/static/console/shared/shell-words.js";
import { explained } from "../../../chalicelib/static/console/shared/words.js";

Object.assign(globalThis, { document: { documentElement: {} } });

for (const code of ["too_fast", "too_many_sign_ins"])
  test(`a sign-in that is refused for ${code} says when to try again`, () => {
    const text = explained(new ApiError(429, { code, detail: "from the server" }, 42));
    assert.match(text, /42/);
    assert.doesNotMatch(text, /from the server/);
  });
