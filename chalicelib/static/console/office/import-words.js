import { knownFault } from "../shared/field-faults.js";
import { dictionary } from "../shared/i18n.js";

/** Words of the imports' page. */
export const words = dictionary(
  {
    title: "匯入檔案",
    text: "CSV（UTF-8 或 Big5）或 Excel（.xlsx），最多 10 MB、10,000 列。先檢查每一列，全部正確才會寫入；同一個檔案再匯入一次不會重複。",
    kind: "內容",
    file: "檔案",
    tooLarge: "檔案超過 {mb} MB。",
    upload: "上傳並檢查",
    notUploaded: "檔案沒有上傳成功，請再試一次。",
    more: "舊系統的資料",
    source: "來源代號",
    sourceHint: "同一個舊系統的檔案填相同的代號，例如 old_erp，訂單才找得到它的客戶。",
    earlier: "匯入紀錄",
    none: "還沒有匯入過檔案",
    all: "所有匯入",
    shownMore: "顯示更多",
    rows: "{count} 列",
    created: "新增",
    updated: "更新",
    unchanged: "不變",
    skipped: "略過",
    failed: "有錯",
    columns: "讀到的欄位",
    unused: "這些欄位不會匯入：{columns}",
    reading: "正在讀取檔案…",
    checkingRows: "正在檢查第 {done} 列，共 {total} 列",
    writingRows: "已寫入 {done} 列，共 {total} 列",
    leave: "可以離開這個頁面，匯入會繼續進行。",
    ready: "{total} 列都正確，還沒有寫入任何資料。",
    nothing: "沒有需要寫入的資料，全部都已經是最新的。",
    wrong: "{failed} 列有錯，還沒有寫入任何資料。請修改檔案後重新上傳。",
    done: "匯入完成。",
    broken: "匯入中斷了。已完成的部分不會重複，請按「繼續」。",
    goOn: "繼續",
    commit: "匯入 {count} 列",
    commitTitle: "匯入這個檔案？",
    commitText: "{created} 筆新增，{updated} 筆更新。匯入後無法一次復原。",
    row: "第 {row} 列",
    report: "每一列的結果",
    onlyErrors: "只看有錯的",
    everyRow: "看所有的列",
  },
  {
    title: "Import a file",
    text: "CSV (UTF-8 or Big5) or Excel (.xlsx), 10 MB and 10,000 rows at most. Each row is checked first, and nothing is written before all are right; the same file twice makes nothing twice.",
    kind: "Content",
    file: "File",
    tooLarge: "The file has more than {mb} MB.",
    upload: "Upload and check",
    notUploaded: "The file was not uploaded. Please try again.",
    more: "From another system",
    source: "Source",
    sourceHint: "Files of the same system have the same, old_erp for one, so that orders find their customers.",
    earlier: "Imports",
    none: "No file has been imported yet",
    all: "All imports",
    shownMore: "Show more",
    rows: "{count} rows",
    created: "New",
    updated: "Changed",
    unchanged: "Unchanged",
    skipped: "Skipped",
    failed: "Wrong",
    columns: "Columns that were found",
    unused: "Nothing is taken from: {columns}",
    reading: "Reading the file…",
    checkingRows: "Checking row {done} of {total}",
    writingRows: "{done} of {total} rows are written",
    leave: "You may leave this page; it goes on.",
    ready: "All {total} rows are right. Nothing is written yet.",
    nothing: "There is nothing to write; all of it is here already.",
    wrong: "{failed} rows are wrong, and nothing is written. Please correct the file and upload it again.",
    done: "Imported.",
    broken: "It was interrupted. What is done is not done twice; go on.",
    goOn: "Go on",
    commit: "Import {count} rows",
    commitTitle: "Import this file?",
    commitText: "{created} new, {updated} changed. There is no undo for all of them at once.",
    row: "Row {row}",
    report: "What becomes of each row",
    onlyErrors: "Wrong ones only",
    everyRow: "All rows",
  },
);

export const kindName = dictionary(
  { customers: "客戶", orders: "訂單", drivers: "司機", templates: "定期訂單", routes: "過去的路線", users: "使用者" },
  { customers: "Customers", orders: "Orders", drivers: "Drivers", templates: "Recurring orders", routes: "Past routes", users: "Users" },
);

export const stateName = dictionary(
  {
    waiting_for_file: "等待檔案",
    checking: "檢查中",
    checked: "已檢查",
    committing: "匯入中",
    done: "已完成",
    refused: "無法讀取",
    failed: "中斷",
  },
  {
    waiting_for_file: "No file yet",
    checking: "Checking",
    checked: "Checked",
    committing: "Importing",
    done: "Done",
    refused: "Not readable",
    failed: "Interrupted",
  },
);

/** Why a file is refused, by its code; docs/api.md. */
const problems = dictionary(
  {
    file_missing: "沒有收到檔案，請重新上傳。",
    file_expired: "檔案是一週前檢查的，請重新上傳。",
    file_too_large: "檔案太大。",
    empty_file: "檔案是空的。",
    no_rows: "檔案只有標題列，沒有資料。",
    too_many_rows: "超過 10,000 列，請分成幾個檔案。",
    too_many_columns: "超過 100 欄。",
    cell_too_long: "有一格的內容太長。",
    wrong_format: "檔案的內容和副檔名不符。",
    old_excel: "這是舊版 Excel（.xls），請另存成 .xlsx。",
    not_text: "這不是文字檔，也不是 Excel 檔。",
    unknown_encoding: "文字編碼不是 UTF-8 或 Big5，請另存成 UTF-8。",
    broken_csv: "CSV 格式不完整。",
    broken_xlsx: "Excel 檔案損壞。",
    xlsx_too_large: "Excel 檔案解開後太大。",
    missing_columns: "缺少必要的欄位。",
    repeated_column: "有兩個欄位同名。",
    unknown_column: "檔案裡沒有指定的欄位。",
    stalled: "超過 15 分鐘沒有進度。",
  },
  {
    file_missing: "No file came. Please upload it again.",
    file_expired: "It was checked more than a week ago. Please upload it again.",
    file_too_large: "The file is too large.",
    empty_file: "The file is empty.",
    no_rows: "The file has a header and no rows.",
    too_many_rows: "There are more than 10,000 rows; please split the file.",
    too_many_columns: "There are more than 100 columns.",
    cell_too_long: "A cell has too much in it.",
    wrong_format: "What is in the file is not what its name says.",
    old_excel: "This is an old Excel file (.xls); please save it as .xlsx.",
    not_text: "This is neither a text nor an Excel file.",
    unknown_encoding: "It is neither UTF-8 nor Big5; please save it as UTF-8.",
    broken_csv: "The CSV is broken.",
    broken_xlsx: "The Excel file is broken.",
    xlsx_too_large: "Unpacked, the Excel file is too large.",
    missing_columns: "Needed columns are missing.",
    repeated_column: "Two columns have the same name.",
    unknown_column: "The file does not have the column that was named.",
    stalled: "Nothing has happened for 15 minutes.",
  },
);

/** @param {{code: string, detail: string}} problem */
export const problemText = ({ code, detail }) => (problems.has(code) ? [problems(code), detail] : [detail]);

const faults = dictionary(
  {
    same: "和第 {n} 列重複。",
    none: "找不到這筆資料，請先匯入它。",
    sum: "品項合計是 {n}，和總金額不符。",
    several: "有好幾位客戶用這個電話，請加上客戶編號。",
    suspended: "這位客戶已停用。",
    cells: "格數和標題列不同。",
    date: "日期不正確。",
    number: "不是數字，或小數太多位。",
    status: "沒有這個狀態。",
    kept: "匯入後在這裡改過，保留現在的內容。",
    open: "路線還沒結束，請在「路線」頁面安排。",
  },
  {
    same: "The same as row {n}.",
    none: "There is no such record; import that first.",
    sum: "The lines make {n}, which is not the total.",
    several: "Several customers have this number; add their ids.",
    suspended: "This customer is suspended.",
    cells: "It has more or fewer cells than the header.",
    date: "This is no date.",
    number: "This is no number, or has too many decimals.",
    status: "There is no such status.",
    kept: "It was changed here since it was imported, and stays as it is.",
    open: "It is not over; plan it on the page of routes.",
  },
);

/** What chalicelib/imports says of rows. @type {readonly [RegExp, Parameters<typeof faults>[0]][]} */
const FAULTS = [
  [/^the same as in row (?<n>\d+)$/, "same"],
  [/^there is no /, "none"],
  [/^the lines make (?<n>[\d.]+)$/, "sum"],
  [/^several customers have this number/, "several"],
  [/^this customer is suspended$/, "suspended"],
  [/^\d+ cells, but the header/, "cells"],
  [/^it was changed here since/, "kept"],
  [/plan it here/, "open"],
  [/(date|day)/, "date"],
  [/(number|decimal)/, "number"],
  [/^one of /, "status"],
];

/** What is wrong with a cell, in the reader's language where it is a usual fault. @param {string} message */
export function rowFault(message) {
  const known = knownFault(message);
  if (known) return known;
  for (const [pattern, key] of FAULTS) {
    const found = pattern.exec(message);
    if (found) return faults(key, found.groups);
  }
  return message;
}
