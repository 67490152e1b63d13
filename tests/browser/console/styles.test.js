import assert from "node:assert/strict";
import { existsSync, globSync, readFileSync } from "node:fs";
import { test } from "node:test";

const console_ = new URL("../../../chalicelib/static/console/", import.meta.url);
/** What all pages share, and what only documents of their own load. */
const APART = new Set(["shared/base.css", "shell.css", "shared/guest.css", "socket/socket.css", "table/table.css"]);

/** @param {string} file below `console_` */
const read = (file) => readFileSync(new URL(file, console_), "utf8");

/** @param {string} css the class with which each selector begins */
function heads(css) {
  const plain = css.replace(/\/\*[^]*?\*\//g, "");
  const selectors = [...plain.matchAll(/([^{}]+)\{/g)].flatMap(([, found]) => found.split(","));
  return new Set(selectors.map((selector) => selector.trim().match(/^\.([a-z][a-z-]*)/)?.[1]).filter((name) => name !== undefined));
}

/**
 * What a module imports: at once and lazily.
 *
 * @param {string} file below `console_`
 */
function imports(file) {
  const content = read(file).replace(/\/\*\*[^]*?\*\//g, "");
  /** @param {RegExp} pattern */
  const found = (pattern) =>
    [...content.matchAll(pattern)].map(([, path]) => new URL(path, new URL(file, console_)).pathname.replace(console_.pathname, ""));
  return { now: found(/^(?:import|export)\b(?:[^;]*?\bfrom)? ?"(\.[^"]+)"/gm), later: found(/\bimport\("(\.[^"]+)"\)/g) };
}

/**
 * All that a module needs at once, with itself.
 *
 * @param {string} file
 * @param {Set<string>} [found]
 */
function needed(file, found = new Set()) {
  if (found.has(file)) return found;
  found.add(file);
  if (file.endsWith(".js") && existsSync(new URL(file, console_))) for (const each of imports(file).now) needed(each, found);
  return found;
}

/** The modules that are loaded for themselves: documents, what comes after the sign-in, and pages. */
const entries = new Set(["start.js", "api-viewer/start.js", "socket/start.js", "track/start.js", "table/start.js"]);
for (const file of globSync("**/*.js", { cwd: console_ })) for (const each of imports(file).later) entries.add(each);

// All pages are one document, and styles that were loaded once stay: an office's column once hid a kitchen's on phones.
test("no page's stylesheet begins with a class of another's", () => {
  /** @type {Map<string, string>} */
  const owners = new Map();
  const files = globSync("**/*.css", { cwd: console_ }).filter((file) => !APART.has(file));
  assert.ok(files.length > 2);
  for (const file of files)
    for (const name of heads(read(file))) {
      assert.equal(owners.get(name) ?? file, file, `.${name} is ${owners.get(name)}'s and ${file}'s`);
      owners.set(name, file);
    }
});

// Of a module that several pages import, each page would load the styles, whether or not it draws with them.
test("styles are imported by pages, and not by modules that several pages share", () => {
  /** @type {Map<string, Set<string>>} */
  const users = new Map();
  for (const entry of entries) for (const file of needed(entry)) users.set(file, (users.get(file) ?? new Set()).add(entry));
  const importing = globSync("**/*.js", { cwd: console_ }).filter((file) => imports(file).now.some((path) => path.endsWith(".css")));
  assert.ok(importing.length > 10);
  for (const file of importing) assert.ok(entries.has(file) || users.get(file)?.size === 1, `${file} is imported by ${[...(users.get(file) ?? [])]}`);
});

test("every stylesheet is imported, and none is there before the sign-in but its own", () => {
  const imported = new Set([...entries].flatMap((entry) => [...needed(entry)]));
  for (const file of globSync("**/*.css", { cwd: console_ })) assert.ok(imported.has(file), `nothing imports ${file}`);
  assert.deepEqual([...needed("start.js")].filter((file) => file.endsWith(".css")), ["shared/base.css", "door.css"]);
});

test("no page imports another at once", () => {
  for (const entry of entries) assert.deepEqual([...needed(entry)].filter((file) => entries.has(file) && file !== entry && file !== "shared/map.js"), [], entry);
});
