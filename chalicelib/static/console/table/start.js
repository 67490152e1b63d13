import { openGuestPage } from "../shared/guest-page.js";
import { TableSession } from "./table-session.js";
import { TablePage } from "./page.js";
import { words } from "./words.js";
import "../shared/base.css";
import "../shared/guest.css";
import "./table.css";

// Browsers from before 2022 have modules but not these. They show the server's menu, and load it anew as without scripts.
if (!("HTMLDialogElement" in window && "BroadcastChannel" in window)) setTimeout(() => location.reload(), 20_000);
else
  openGuestPage({
    ticket: (qr) => ({ path: "/v1/guests/table", code: { qr } }),
    format: "restaurant",
    visit: new TableSession(),
    over: () => ({ title: words("scanAgain"), text: words("scanAgainText") }),
    show: (main, context) => new TablePage(main, context).open(),
  });
