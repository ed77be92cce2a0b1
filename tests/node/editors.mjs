/**
 * Runs the page's own editors under Node, in a page that happy-dom pretends: `static/tests/sessions.ts`, `reviews.ts` and
 * `moves.ts`.
 *
 * `node editors.mjs SEED COUNT KIND` writes a session as a line of JSON for each of the seeds from SEED on; KIND is calm,
 * wild or plain; or together or apart, for people who comment and suggest; or moves, for people who change one place at once. Another COUNT KIND may follow, of the same module:
 * making the page ready takes as long as a dozen sessions.
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

const seed = Number(process.argv[2]);
const wanted = process.argv.slice(3);
const KINDS = {
  calm: ["sessions", (n, { session }) => session(n, false)],
  wild: ["sessions", (n, { session }) => session(n, true)],
  plain: ["sessions", (n, { plain }) => plain(n)],
  together: ["reviews", (n, { review }) => review(n, false)],
  apart: ["reviews", (n, { review }) => review(n, true)],
  moves: ["moves", (n, { moves }) => moves(n)],
};
const [name] = KINDS[wanted[1]];
const { module } = await runnerImport(fileURLToPath(new URL(`tests/${name}.ts`, page)), {
  root: fileURLToPath(page),
  configFile: false,
  logLevel: "error",
});
while (wanted.length > 0) {
  const [count, kind] = wanted.splice(0, 2);
  const [, run] = KINDS[kind];
  for (let n = seed; n < seed + Number(count); n++) process.stdout.write(`${JSON.stringify(run(n, module))}\n`);
}
process.stdout.write("", () => process.exit(0));
