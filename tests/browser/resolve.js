/** Lets the served modules import `react` as a bundler would: from this folder's node_modules. */
import { registerHooks } from "node:module";

registerHooks({
  resolve: (specifier, context, next) =>
    next(specifier, specifier === "react" ? { ...context, parentURL: import.meta.url } : context),
});
