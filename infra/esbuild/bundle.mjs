/**
 * Runs esbuild: `node bundle.mjs <JSON>`, where JSON is a list of builds. Writes the list of their metafiles to stdout.
 *
 * A build is esbuild's own options (https://esbuild.github.io/api/) and
 *   alongside?: {each: paths, modules: paths}   every module of `each` imports all of `modules` as well
 */
import { readFile } from "node:fs/promises";
import { build } from "esbuild";

/** @param {{each: string[], modules: string[]}} wanted absolute paths */
function alongside({ each, modules }) {
  const pages = new Set(each);
  const imports = modules.map((path) => `import ${JSON.stringify(path)};`).join("\n");
  return {
    name: "alongside",
    /** @param {import("esbuild").PluginBuild} build */
    setup({ onLoad }) {
      onLoad({ filter: /\.js$/ }, async ({ path }) =>
        // Behind the source, so that its lines keep their numbers in the source map.
        pages.has(path) ? { contents: `${await readFile(path, "utf8")}\n${imports}`, loader: "js" } : undefined,
      );
    },
  };
}

/** Scripts without the styles that they import: these are built from lists of their own. */
const scripts = {
  name: "scripts",
  /** @param {import("esbuild").PluginBuild} build */
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /\.css$/ }, ({ path, kind }) =>
      kind === "import-statement" ? { path, namespace: "styles", sideEffects: false } : undefined,
    );
    onLoad({ filter: /./, namespace: "styles" }, () => ({ contents: "" }));
  },
};

const metafiles = [];
try {
  for (const { alongside: wanted, ...options } of JSON.parse(process.argv[2])) {
    const plugins = [...(options.write === false ? [] : [scripts]), ...(wanted ? [alongside(wanted)] : [])];
    const done = await build({ ...options, plugins, metafile: true, logOverride: { "ignored-bare-import": "silent" } });
    metafiles.push(done.metafile);
  }
  process.stdout.write(JSON.stringify(metafiles));
} catch {
  // esbuild has written its errors to stderr.
  process.exitCode = 1;
}
