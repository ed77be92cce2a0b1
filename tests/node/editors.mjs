/**
 * Runs the page's own editors under Node, in a page that happy-dom pretends: `static/tests/sessions.ts` and `reviews.ts`.
 *
 * `node editors.mjs SEED COUNT KIND` writes a session as a line of JSON for each of the seeds from SEED on; KIND is calm,
 * wild or plain; or together or apart, for people who comment and suggest.
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

const [seed, count] = process.argv.slice(2, 4).map(Number);
const kind = process.argv[4];
const reviews = kind === "together" || kind === "apart";
const { module } = await runnerImport(fileURLToPath(new URL(`tests/${reviews ? "reviews" : "sessions"}.ts`, page)), {
  root: fileURLToPath(page),
  configFile: false,
  logLevel: "error",
});
for (let n = seed; n < seed + count; n++) {
  const session = reviews
    ? module.review(n, kind === "apart")
    : kind === "plain"
      ? module.plain(n)
      : module.session(n, kind === "wild");
  process.stdout.write(`${JSON.stringify(session)}\n`);
}
process.stdout.write("", () => process.exit(0));
