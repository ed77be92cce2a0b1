/**
 * Runs the page's own editors under Node, in a page that happy-dom pretends: `static/tests/sessions.ts`.
 *
 * `node editors.mjs SEED COUNT KIND` writes a session as a line of JSON for each of the seeds from SEED on; KIND is calm, wild or plain.
 */

import { createRequire } from "node:module";
import { fileURLToPath, pathToFileURL } from "node:url";

const page = new URL("../../static/", import.meta.url);
const require = createRequire(new URL("package.json", page));
const { runnerImport } = await import(pathToFileURL(require.resolve("vite")).href);
const { Window } = await import(pathToFileURL(require.resolve("happy-dom")).href);

const window = new Window({ url: "http://localhost" });
for (const name of Object.getOwnPropertyNames(window)) {
  if (!(name in globalThis)) globalThis[name] = window[name];
}
globalThis.window = globalThis;
globalThis.document = window.document;

const { module } = await runnerImport(fileURLToPath(new URL("tests/sessions.ts", page)), {
  root: fileURLToPath(page),
  configFile: false,
  logLevel: "error",
});
const [seed, count] = process.argv.slice(2, 4).map(Number);
const kind = process.argv[4];
for (let n = seed; n < seed + count; n++) {
  const session = kind === "plain" ? module.plain(n) : module.session(n, kind === "wild");
  process.stdout.write(`${JSON.stringify(session)}\n`);
}
process.stdout.write("", () => process.exit(0));
