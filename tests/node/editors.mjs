/**
 * Runs the page's own editors under Node, in a page that happy-dom pretends: `static/tests/sessions.ts` and `reviews.ts`.
 *
 * `node editors.mjs SEED COUNT KIND` writes a session as a line of JSON for each of the seeds from SEED on; KIND is calm,
 * wild or plain; or together or apart, for people who comment and suggest. Another COUNT KIND may follow, of the same module:
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
const reviews = wanted[1] === "together" || wanted[1] === "apart";
const { module } = await runnerImport(fileURLToPath(new URL(`tests/${reviews ? "reviews" : "sessions"}.ts`, page)), {
  root: fileURLToPath(page),
  configFile: false,
  logLevel: "error",
});
while (wanted.length > 0) {
  const [count, kind] = wanted.splice(0, 2);
  for (let n = seed; n < seed + Number(count); n++) {
    const session = reviews
      ? module.review(n, kind === "apart")
      : kind === "plain"
        ? module.plain(n)
        : module.session(n, kind === "wild");
    process.stdout.write(`${JSON.stringify(session)}\n`);
  }
}
process.stdout.write("", () => process.exit(0));
