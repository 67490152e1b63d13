import { h } from "./shared/dom.js";
import { dictionary } from "./shared/i18n.js";
import { icon } from "./shared/icons.js";
import { isSoundOn, setSound } from "./shared/sound.js";

const words = dictionary(
  { soundOn: "提示音：開", soundOff: "提示音：關" },
  { soundOn: "Sound: on", soundOff: "Sound: off" },
);

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
