import { dictionary } from "./i18n.js";
import { explain } from "./words.js";

explain(
  dictionary(
    { too_many_sign_ins: "這個網路登入失敗太多次，請在 {seconds} 秒後再試。" },
    { too_many_sign_ins: "Too many sign-ins have failed from this network. Please try again in {seconds} seconds." },
  ),
);

/** Words of the door and of the frame around the console's pages. */
export const shellWords = dictionary(
  {
    product: "幸福即時",
    signIn: "登入",
    signOut: "登出",
    code: "驗證碼",
    welcome: "登入您的店家帳號",
    ended: "您已登出，或登入已逾時。請重新登入。",
    suspended: "此帳號或店家已被停用，請與管理者聯絡。",
    pages: "頁面",
    skip: "跳到主要內容",
    notFound: "沒有這個頁面",
    home: "回到首頁",
    ownPassword: "您的密碼是別人設定的，請改成自己的密碼。",
  },
  {
    product: "Lucky Gas Live",
    signIn: "Sign in",
    signOut: "Sign out",
    code: "Code",
    welcome: "Sign in to your business",
    ended: "You have signed out, or the session has ended. Please sign in again.",
    suspended: "This account or business is suspended. Please ask who manages it.",
    pages: "Pages",
    skip: "Skip to the content",
    notFound: "There is no such page",
    home: "To the start",
    ownPassword: "Another person has set your password. Please change it.",
  },
);
