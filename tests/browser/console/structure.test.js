/** How the console's sources are arranged: which imports are allowed, how long a function may be, and no dead exports. */
import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { test } from "node:test";
import ts from "typescript";

const CONSOLE = new URL("../../../chalicelib/static/console/", import.meta.url);
const SOURCES = globSync("**/*.js", { cwd: CONSOLE });
const MOST_LINES = 60;

/** @param {string} file below the console's folder */
function parsed(file) {
  return ts.createSourceFile(file, readFileSync(new URL(file, CONSOLE), "utf8"), ts.ScriptTarget.Latest, true, ts.ScriptKind.JS);
}

/** A folder is a feature; the modules beside the folders are the frame that loads the features. @param {string} file */
function featureOf(file) {
  return file.includes("/") ? file.slice(0, file.indexOf("/")) : "";
}

/** What a module imports, at once or lazily, below the console's folder. @param {string} file */
function imports(file) {
  /** @type {string[]} */
  const found = [];
  /** @param {ts.Node} node */
  const visit = (node) => {
    const target = ts.isImportDeclaration(node) || ts.isExportDeclaration(node) ? node.moduleSpecifier : ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword ? node.arguments[0] : undefined;
    if (target && ts.isStringLiteral(target)) found.push(new URL(target.text, new URL(file, CONSOLE)).href);
    ts.forEachChild(node, visit);
  };
  visit(parsed(file));
  return found.filter((address) => address.startsWith(CONSOLE.href)).map((address) => address.slice(CONSOLE.href.length));
}

test("features import from shared and from themselves, and shared imports from no feature", () => {
  assert.ok(SOURCES.length > 100);
  const wrong = SOURCES.flatMap((file) => {
    const feature = featureOf(file);
    return imports(file).flatMap((path) => (feature === "" || ["shared", "texts", feature].includes(featureOf(path)) ? [] : [`${file} imports ${path}`]));
  });
  assert.deepEqual(wrong, []);
});

test(`no function is longer than ${MOST_LINES} lines`, () => {
  const long = SOURCES.flatMap((file) => {
    const source = parsed(file);
    /** @param {number} position */
    const line = (position) => source.getLineAndCharacterOfPosition(position).line;
    /** @type {string[]} */
    const found = [];
    /** @param {ts.Node} node */
    const visit = (node) => {
      const lines = line(node.end) - line(node.getStart()) + 1;
      if (ts.isFunctionLike(node) && lines > MOST_LINES) found.push(`${file}:${line(node.getStart()) + 1} has ${lines} lines`);
      ts.forEachChild(node, visit);
    };
    visit(source);
    return found;
  });
  assert.deepEqual(long, []);
});

test("every export is used by another module or by a test", () => {
  const tests = globSync("**/*.test.js", { cwd: new URL(".", import.meta.url) }).map((file) => new URL(file, import.meta.url));
  const files = [...SOURCES.map((file) => new URL(file, CONSOLE)), ...tests];
  const words = new Map(files.map(({ href }) => [href, new Set(readFileSync(new URL(href), "utf8").match(/\w+/g))]));
  const unused = SOURCES.flatMap((file) => {
    const names = parsed(file).statements.filter(isExported).flatMap(namesOf);
    const { href } = new URL(file, CONSOLE);
    return names.filter((name) => ![...words].some(([other, found]) => other !== href && found.has(name))).map((name) => `${file}: ${name}`);
  });
  assert.deepEqual(unused, []);
});

/** @param {ts.Statement} statement */
function isExported(statement) {
  return ts.canHaveModifiers(statement) && ts.getModifiers(statement)?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword);
}

/** The names that a declaration gives. @param {ts.Statement} statement @returns {string[]} */
function namesOf(statement) {
  if (ts.isVariableStatement(statement)) return statement.declarationList.declarations.map(({ name }) => name.getText());
  return ts.isFunctionDeclaration(statement) || ts.isClassDeclaration(statement) ? [statement.name?.text ?? ""] : [];
}
