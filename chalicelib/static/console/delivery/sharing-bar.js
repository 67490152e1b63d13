import { fill, h } from "../shared/dom.js";
import { dictionary } from "../shared/i18n.js";
import { icon } from "../shared/icons.js";

const words = dictionary(
  {
    off: "沒有分享位置",
    seeking: "正在定位…",
    live: "正在分享位置",
    buffering: "沒有網路，位置先存在手機",
    unanswered: "位置尚未送出，系統暫時沒有回應",
    denied: "瀏覽器不允許讀取位置",
    unavailable: "收不到定位訊號",
    start: "開始分享",
    stop: "停止",
    told: "{ago}送出",
    waiting: "{count} 筆待送",
    howto: "請在瀏覽器的網站設定中允許「位置」，再按一次開始分享。",
    off_about: "辦公室看不到您在哪裡，客戶也看不到預計到達時間。",
    unavailable_about: "請移到空曠處；收到訊號後會自動繼續。",
    on_about: "請讓這個畫面保持開啟，切到其他 App 時瀏覽器會停止定位。",
  },
  {
    off: "Position not shared",
    seeking: "Looking for your position…",
    live: "Sharing your position",
    buffering: "No network: positions are kept here",
    unanswered: "Not sent yet: the system does not answer at the moment",
    denied: "The browser does not allow your position",
    unavailable: "No position signal",
    start: "Share",
    stop: "Stop",
    told: "sent {ago}",
    waiting: "{count} waiting",
    howto: "Allow “Location” in the browser's settings for this site, then share again.",
    off_about: "The office does not see where you are, and customers do not see when you come.",
    unavailable_about: "Go where the sky is free; it goes on by itself.",
    on_about: "Keep this page open: in the background, a browser tells no position.",
  },
);

const LOOKS = /** @type {const} */ ({
  off: "amber",
  seeking: "blue",
  live: "green",
  buffering: "amber",
  denied: "red",
  unavailable: "red",
});
// The age of the last position changes by itself.
const TICK_MS = 5000;

/**
 * Whether the position is shared, always in sight, and the button for it.
 *
 * @param {import("./sharing.js").Sharing} sharing
 * @param {(time: string) => string} ago
 * @param {AbortSignal} signal ends it
 */
export function shareBar(sharing, ago, signal) {
  const title = h("strong", {});
  const about = h("span", { class: "small" });
  const button = h("button", { class: "button", onclick: press });
  // Read out when it changes, and not with every tick.
  const bar = h("section", { class: "share notice" }, icon("locate"), h("div", { class: "grow" }, h("div", { role: "status" }, title), about), button);

  const on = () => ["seeking", "live", "buffering", "unavailable"].includes(sharing.state);
  function press() {
    if (on()) sharing.stop();
    else sharing.start();
  }
  function draw() {
    const { state, receivedAt, waiting } = sharing;
    bar.className = `share notice ${LOOKS[state]}`;
    bar.dataset.state = state;
    const says = words(state === "buffering" && sharing.answered ? "unanswered" : state);
    if (title.textContent !== says) title.textContent = says;
    const age = receivedAt !== undefined && words("told", { ago: ago(new Date(receivedAt).toISOString()) });
    const left = state === "buffering" && words("waiting", { count: waiting });
    const hint = { off: "off_about", denied: "howto", unavailable: "unavailable_about", seeking: "on_about", live: "", buffering: "" }[state];
    fill(about, [left, on() && age].filter(Boolean).join(" · ") || (hint ? words(/** @type {any} */ (hint)) : words("on_about")));
    fill(button, on() ? words("stop") : words("start"));
  }
  const stop = sharing.onChange(draw);
  const timer = setInterval(draw, TICK_MS);
  signal.addEventListener("abort", () => {
    stop();
    clearInterval(timer);
  });
  draw();
  return bar;
}
