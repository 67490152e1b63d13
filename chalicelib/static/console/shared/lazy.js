import { config, meta } from "./config.js";
import { h } from "./dom.js";

/**
 * The built files of each module that is loaded later, below `config.static`: its styles, the chunks it imports, itself.
 * Empty in the source tree.
 *
 * @type {Readonly<Record<string, readonly string[]>>}
 */
export const FILES = JSON.parse(meta("files") || "{}");

/** @type {Map<string, Promise<void>>} By file: loaded, or loading. */
const styles = new Map();
/** @type {Set<string>} */
const preloaded = new Set();

/** Files of a module cannot be loaded: the network or the server failed, or they are of a version that is gone. */
class FilesMissing extends Error {
  code = "files";

  /** @param {string} module @param {unknown} cause */
  constructor(module, cause) {
    super(`${module} cannot be loaded`, { cause });
    this.module = module;
  }
}

/**
 * Loads a module with its styles and chunks, all of them at once: `import()` alone would request a chunk only after the
 * file that names it.
 *
 * @template Module
 * @param {string} module its source, as in `FILES`
 * @param {() => Promise<Module>} load `() => import("./its-source.js")`
 * @param {Readonly<Record<string, readonly string[]>>} [files]
 * @returns {Promise<Module>} when the styles apply, too; rejects with FilesMissing when one of the files cannot be loaded, and
 *   may be tried again
 */
export async function lazy(module, load, files = FILES) {
  const needed = files[module] ?? [];
  const applied = needed.filter((file) => file.endsWith(".css")).map(style);
  for (const file of needed) if (file.endsWith(".js")) preload(file);
  try {
    const [loaded] = await Promise.all([load(), ...applied]);
    return loaded;
  } catch (error) {
    throw new FilesMissing(module, error);
  }
}

/** @param {string} file */
function style(file) {
  const known = styles.get(file);
  if (known) return known;
  const link = h("link", { rel: "stylesheet", href: address(file), "data-lazy": true });
  const applied = new Promise((/** @type {(applied: void) => void} */ resolve, reject) => {
    link.addEventListener("load", () => resolve());
    link.addEventListener("error", () => {
      link.remove();
      styles.delete(file);
      reject(new Error(`${file} cannot be loaded`));
    });
  });
  styles.set(file, applied);
  document.head.append(link);
  return applied;
}

/** What goes wrong here goes wrong in `import()` as well. @param {string} file */
function preload(file) {
  if (preloaded.has(file)) return;
  preloaded.add(file);
  const link = h("link", { rel: "modulepreload", href: address(file) });
  link.addEventListener("error", () => {
    link.remove();
    preloaded.delete(file);
  });
  document.head.append(link);
}

/** @param {string} file */
function address(file) {
  return `${config.static}/${file}`;
}
