import { dictionary } from "./i18n.js";

/** Words that many pages share. A page has its own dictionary for the rest. */
export const words = dictionary(
  {
    username: "電子郵件或手機號碼",
    password: "密碼",
    showPassword: "顯示密碼",
    hidePassword: "隱藏密碼",
    language: "English",
    menu: "選單",
    more: "更多",
    close: "關閉",
    cancel: "取消",
    save: "儲存",
    retry: "再試一次",
    reload: "重新載入頁面",
    loading: "載入中…",
    failed: "無法載入",
    offline: "連線已斷開，正在重新連線。畫面可能不是最新的。",
    notLoaded: "資料無法載入，正在重試。畫面可能不是最新的。",
    tooMany: "此帳號開啟了太多視窗，這裡的即時更新已停止。",
    stopped: "即時更新已停止。",
    connectAgain: "重新連線",
    look: "查看",
  },
  {
    username: "E-mail or mobile number",
    password: "Password",
    showPassword: "Show the password",
    hidePassword: "Hide the password",
    language: "中文",
    menu: "Menu",
    more: "More",
    close: "Close",
    cancel: "Cancel",
    save: "Save",
    retry: "Try again",
    reload: "Reload the page",
    loading: "Loading…",
    failed: "Could not be loaded",
    offline: "The connection is lost and will be back. What you see may be old.",
    notLoaded: "The data cannot be loaded and is being tried again. What you see may be old.",
    tooMany: "This account is open in too many windows; live updates have stopped here.",
    stopped: "Live updates have stopped.",
    connectAgain: "Connect again",
    look: "Look",
  },
);

/** Roles, as people call them. */
export const roleName = /* @__PURE__ */ dictionary(
  { admin: "管理者", office_staff: "內勤人員", driver: "司機", customer: "客戶" },
  { admin: "Admin", office_staff: "Office", driver: "Driver", customer: "Customer" },
);

/** Codes that any page meets. What only the console meets is in refusals.js. */
const refusals = dictionary(
  {
    network: "無法連線到伺服器，請檢查網路。",
    files: "頁面的檔案無法載入：網路中斷、伺服器忙碌，或系統剛更新過。",
    wrong_credentials: "帳號或密碼不正確。",
    too_fast: "嘗試次數過多，請在 {seconds} 秒後再試。",
    forbidden: "您沒有權限進行這個操作。",
    not_found: "找不到這筆資料，可能已被移除。",
    busy: "同一時間太多人在修改，請稍後再試。",
    unavailable: "系統暫時沒有回應，請稍後再試。",
    invalid: "請檢查標示的欄位。",
    user_suspended: "此帳號已被停用，請與管理者聯絡。",
    tenant_suspended: "此店家已被停用，請與管理者聯絡。",
    table_suspended: "這一桌目前不開放手機點餐，請向服務人員點餐。",
    conflict: "這筆資料剛被其他人修改，請再試一次。",
    unknown: "發生錯誤（{code}），請稍後再試。",
  },
  {
    network: "The server cannot be reached. Please check the network.",
    files: "Files of this page cannot be loaded: the network failed, the server is busy, or there is a new version.",
    wrong_credentials: "The username or the password is wrong.",
    too_fast: "Too many tries. Please try again in {seconds} seconds.",
    forbidden: "You may not do this.",
    not_found: "This is not there any more.",
    busy: "Too many are changing this at the moment. Please try again soon.",
    unavailable: "The system does not answer at the moment. Please try again soon.",
    invalid: "Please look at the marked fields.",
    user_suspended: "This account is suspended. Please ask who manages it.",
    tenant_suspended: "This business is suspended. Please ask who manages it.",
    table_suspended: "This table takes no orders by phone at present. Please order with the staff.",
    conflict: "Somebody else has just changed this. Please try again.",
    unknown: "Something went wrong ({code}). Please try again soon.",
  },
);

/** @typedef {((key: any, values?: Record<string, string | number>) => string) & {has(key: string): boolean}} Refusals */

/** @type {Refusals[]} */
const known = [refusals];

/** Words for more codes: of pages that guests do not load. @param {Refusals} more */
export function explain(more) {
  known.push(more);
}

/**
 * An error, for people.
 *
 * @param {unknown} error an ApiError or a RealtimeError; others are of ours
 * @returns {string}
 */
export function explained(error) {
  const { code = "unknown", retryAfter = 60 } = /** @type {{code?: string, retryAfter?: number}} */ (error);
  // What is no refusal is a fault of ours, and is to be found.
  if (code === "unknown") console.error(error);
  const found = known.find((each) => each.has(code));
  return found ? found(code, { code, seconds: retryAfter }) : refusals("unknown", { code });
}
