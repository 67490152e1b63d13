import { h } from "./dom.js";
import { icon } from "./icons.js";
import { isSoundOn, setSound } from "./sound.js";
import { words } from "./words.js";

/** The sound of new orders, notifications and messages. */
export function soundToggle() {
  const button = h("button", { class: "button plain square" });
  const draw = () => {
    const on = isSoundOn();
    const label = words(on ? "soundOn" : "soundOff");
    button.setAttribute("aria-label", label);
    button.title = label;
    button.replaceChildren(icon(on ? "bell" : "bellOff"));
  };
  button.addEventListener("click", () => {
    setSound(!isSoundOn());
    draw();
  });
  draw();
  return button;
}
