/**
 * Lets the served modules import what the build answers elsewhere: `react` from this folder's node_modules, and styles, which
 * are empty modules here.
 */
import { registerHooks } from "node:module";

registerHooks({
  resolve: (specifier, context, next) =>
    specifier.endsWith(".css")
      ? { url: "data:text/javascript,", shortCircuit: true }
      : next(specifier, specifier === "react" ? { ...context, parentURL: import.meta.url } : context),
});
