/**
 * Builds the page into dist/, which the server serves. Everything under /assets/ is named by its content.
 *
 * Nothing is inlined (no data: URIs, no script or style in the HTML): the server's content security policy is
 * `default-src 'self'`. Beside each text asset lies a compressed one, which the server sends to whoever understands it.
 */

import { createHash } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { brotliCompress, gzip } from "node:zlib";
import type { Plugin } from "vite";
import { defineConfig } from "vitest/config";

/** At the root, since a service worker looks after what lies below it. */
const WORKER = "worker.js";

const compressed: Plugin = {
  name: "compressed",
  apply: "build",
  async writeBundle({ dir = "" }, bundle) {
    const texts = Object.keys(bundle).filter((name) => /^assets\/.*\.(js|css|svg)$/.test(name));
    for (const path of texts.map((name) => join(dir, name))) {
      const content = await readFile(path);
      await writeFile(`${path}.gz`, await promisify(gzip)(content, { level: 9 }));
      await writeFile(`${path}.br`, await promisify(brotliCompress)(content));
    }
  },
};

/** Puts the list of what the service worker keeps before it, so that each build is another worker. Fonts it keeps as they are used. */
const shell: Plugin = {
  name: "shell",
  apply: "build",
  // After Vite has thrown away chunks that hold nothing but a style sheet.
  enforce: "post",
  generateBundle(_, bundle) {
    const files = Object.keys(bundle).filter((name) => /^assets\/.*\.(js|css|svg)$/.test(name));
    const version = createHash("sha256").update(files.sort().join("\n")).digest("hex").slice(0, 16);
    const worker = bundle[WORKER];
    if (worker?.type !== "chunk" || worker.imports.length > 0) throw new Error("the service worker must be one file");
    worker.code = `self.shell=${JSON.stringify({ version, files: files.map((name) => `/${name}`) })};${worker.code}`;
  },
};

export default defineConfig({
  plugins: [shell, compressed],
  build: {
    target: "es2023",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      input: { index: "index.html", worker: "src/offline/worker.ts" },
      output: { entryFileNames: ({ name }) => (name === "worker" ? WORKER : "assets/[name]-[hash].js") },
    },
    // The licences of what is bundled travel with it.
    license: { fileName: "licences.md" },
  },
  test: {
    environment: "node",
    include: ["tests/**/*.test.{ts,tsx}"],
    restoreMocks: true,
  },
});
