import { openGuestPage } from "../guest/page.js";
import { Visit } from "../guest/visit.js";
import { showTable } from "./page.js";
import { words } from "./words.js";
import "../base.css";
import "../guest.css";
import "./table.css";

/** A guest's page: from the QR code on the table to the dishes. */
openGuestPage({
  ticket: (qr) => ({ path: "/v1/guests/table", code: { qr } }),
  format: "restaurant",
  visit: new Visit(),
  over: () => ({ title: words("scanAgain"), text: words("scanAgainText") }),
  show: showTable,
});
