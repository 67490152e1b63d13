// Prints, as JSON, what a script has beyond ES5.1: functions of later versions, and statements that TypeScript
// would have to rewrite for ES5. Arguments: the file of the script, the folder of TypeScript.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const [script, folder] = process.argv.slice(2);
const ts = createRequire(import.meta.url)(folder);
const { ES5, ESNext } = ts.ScriptTarget;
// TypeScript 6 calls the target ES5 deprecated.
const shared = { allowJs: true, ignoreDeprecations: '6.0' };

const checks = { checkJs: true, noEmit: true, strict: false, target: ES5, lib: ['lib.es5.d.ts'], types: [] };
const program = ts.createProgram([script], { ...shared, ...checks });
const found = ts
    .getPreEmitDiagnostics(program)
    .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'));

const source = readFileSync(script, 'utf8');
const [rewritten, plain] = [ES5, ESNext].map(
    (target) => ts.transpileModule(source, { compilerOptions: { ...shared, target } }).outputText,
);
if (rewritten !== plain) {
    found.push(`TypeScript rewrites it for ES5:\n${rewritten}`);
}
console.log(JSON.stringify(found));
