import { el } from "./shared/dom.js";
import { dictionary } from "./shared/i18n.js";
import { icon } from "./shared/icons.js";
import { isSoundOn, setSound } from "./shared/sound.js";
import texts from "./texts/sound-toggle.json" with { type: "json" };

const words = dictionary(texts);

/** The sound of new orders, notifications and messages. */
export function soundToggle() {
  const button = el("button.button.plain.square");
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
