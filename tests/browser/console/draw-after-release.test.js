/** Nothing is drawn anew under a finger. */
import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { drawAfterRelease } from "../../../chalicelib/static/console/shared/draw-after-release.js";

function world() {
  mock.timers.enable({ apis: ["setTimeout"] });
  const [root, end] = [new EventTarget(), new AbortController()];
  let drawn = 0;
  const draw = drawAfterRelease(() => drawn++, end.signal, root);
  /** @param {string} type @param {object} [more] */
  const send = (type, more) => root.dispatchEvent(Object.assign(new Event(type), more));
  return { draw, drawn: () => drawn, press: (button = 0) => send("pointerdown", { button }), release: (type = "pointerup") => send(type), end };
}

test("it is drawn at once while nothing is pressed", () => {
  const { draw, drawn } = world();
  draw();
  assert.equal(drawn(), 1);
  mock.timers.reset();
});

for (const type of ["pointerup", "pointercancel"]) {
  test(`what comes while a button is pressed is drawn once after ${type}, and after the click`, () => {
    const { draw, drawn, press, release } = world();
    press();
    draw();
    draw();
    release(type);
    assert.equal(drawn(), 0, "the click has not come yet");
    mock.timers.tick(0);
    assert.equal(drawn(), 1);
    mock.timers.tick(1000);
    assert.equal(drawn(), 1);
    mock.timers.reset();
  });
}

test("a press whose release a menu of the browser takes holds nothing back", () => {
  const { draw, drawn, press, release } = world();
  press(2);
  draw();
  assert.equal(drawn(), 1);
  // A finger that stays down.
  press();
  draw();
  release("contextmenu");
  mock.timers.tick(0);
  assert.equal(drawn(), 2);
  mock.timers.reset();
});

test("a second press before it is drawn waits for its own release", () => {
  const { draw, drawn, press, release } = world();
  press();
  draw();
  release();
  press();
  mock.timers.tick(0);
  assert.equal(drawn(), 0);
  release();
  mock.timers.tick(0);
  assert.equal(drawn(), 1);
  mock.timers.reset();
});

test("a page that was left is not drawn", () => {
  const { draw, drawn, press, release, end } = world();
  press();
  draw();
  release();
  end.abort();
  mock.timers.tick(0);
  assert.equal(drawn(), 0);
  mock.timers.reset();
});
