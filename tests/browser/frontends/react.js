// React is published as CommonJS only; a page without a build step wraps it.
const files = { react: "react/cjs/react.development.js", "react-dom": "react-dom/cjs/react-dom.development.js", "react-dom/client": "react-dom/cjs/react-dom-client.development.js", scheduler: "scheduler/cjs/scheduler.development.js" };
const texts = Object.fromEntries(await Promise.all(Object.entries(files).map(async ([name, path]) => [name, await (await fetch(`/node_modules/${path}`)).text()])));
/** @type {Record<string, any>} */
const loaded = {};

/** @param {string} name */
function require(name) {
  if (!loaded[name]) {
    const module = { exports: {} };
    loaded[name] = module;
    new Function("module", "exports", "require", "process", texts[name])(module, module.exports, require, { env: { NODE_ENV: "development" } });
  }
  return loaded[name].exports;
}

const React = require("react");
export default React;
export const { createElement, useCallback, useEffect, useLayoutEffect, useMemo, useReducer, useRef, useState, useSyncExternalStore, StrictMode, createContext, useContext } = React;
export const { createRoot } = require("react-dom/client");
