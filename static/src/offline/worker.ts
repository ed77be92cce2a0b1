/**
 * The service worker: keeps the shell of this build (the page's files, nothing of anybody's), so that a room opens without a
 * network on a device that has been there.
 *
 * A page comes from the studio whenever that answers in time, and from here when it doesn't. Files under /assets/ are named by
 * their content, so they come from here first. What is said to the studio (/api, /yjs, /socket.io) is never touched. A new
 * version waits until nobody uses the old one, or until a page of its own asks it to begin; the shell before it stays, for tabs
 * that are still open and have yet to load a part.
 *
 * Built to /worker.js: `vite.config.ts` puts the list of files before it, so that each build is another worker.
 */

/** What a page says to it. */
export type Word =
  | { readonly kind: "has"; readonly path: string }
  | { readonly kind: "begin" }
  | { readonly kind: "keep"; readonly paths: readonly string[] };

declare const self: ServiceWorkerGlobalScope & {
  readonly shell: { readonly version: string; readonly files: readonly string[] };
};

const PREFIX = "tutti-";
const CACHE = `${PREFIX}${self.shell.version}`;
const SHELLS_KEPT = 2;
const PAGE = "/";
const PATIENCE_MS = 4_000;

self.addEventListener("install", (event) => event.waitUntil(install()));
self.addEventListener("activate", (event) => event.waitUntil(begin()));

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== self.location.origin) return;
  if (request.mode === "navigate") {
    if (/^\/(join|room\/.*)?$/.test(pathname)) event.respondWith(page(request));
  } else if (pathname.startsWith("/assets/")) {
    event.respondWith(asset(request));
  }
});

self.addEventListener("message", (event) => {
  const word = event.data as Word;
  if (word.kind === "has") event.ports[0]?.postMessage(self.shell.files.includes(word.path));
  if (word.kind === "begin") event.waitUntil(self.skipWaiting());
  if (word.kind === "keep") event.waitUntil(keep(word.paths));
});

/** All of it or nothing: a shell with a hole would not open. */
async function install(): Promise<void> {
  const cache = await caches.open(CACHE);
  await cache.addAll([new Request(PAGE, { cache: "no-cache" }), ...self.shell.files]);
}

async function begin(): Promise<void> {
  const shells = (await caches.keys()).filter((name) => name.startsWith(PREFIX));
  const old = shells.filter((name) => name !== CACHE).slice(0, 1 - SHELLS_KEPT);
  await Promise.all(old.map((name) => caches.delete(name)));
  await self.clients.claim();
}

/** Files that not everybody needs, such as the letters of a script: whoever has used one keeps it. */
async function keep(paths: readonly string[]): Promise<void> {
  const cache = await caches.open(CACHE);
  const missing = [];
  for (const path of paths) {
    if (path.startsWith("/assets/") && (await cache.match(path)) === undefined) missing.push(path);
  }
  await cache.addAll(missing);
}

async function page(request: Request): Promise<Response> {
  const answer = await Promise.race([
    fetch(request).catch(() => null),
    new Promise<null>((resolve) => setTimeout(() => resolve(null), PATIENCE_MS)),
  ]);
  // From 500 on it is a proxy that speaks, in front of a studio that doesn't.
  if (answer !== null && answer.status < 500) return answer;
  const kept = await (await caches.open(CACHE)).match(PAGE);
  return kept ?? answer ?? fetch(request);
}

async function asset(request: Request): Promise<Response> {
  return (await caches.match(request, { ignoreVary: true })) ?? fetch(request);
}
