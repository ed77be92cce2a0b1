/**
 * The page's side of the service worker: has the shell kept on this device, and says when there is a newer one than this page.
 *
 * Nothing is ever reloaded by itself: somebody may be in the middle of a sentence.
 */

import { signal } from "@preact/signals";

/** Whether the studio has a newer page than this one. */
export const renewed = signal(false);

const WORKER = "/worker.js";
/** A page that has just opened has better things to fetch. */
const SOON_MS = 2_000;

let registration: Promise<ServiceWorkerRegistration | null> | null = null;

/** Keeps the shell, or looks whether there is a newer one: call it whenever the studio has been reached. */
export function keepShell(): void {
  if (!("serviceWorker" in navigator)) return;
  setTimeout(() => void (registration === null ? register() : update()), SOON_MS);
}

async function register(): Promise<void> {
  // Not every browser lets a page keep something, and some not in private windows: then it opens with a network only.
  registration ??= navigator.serviceWorker.register(WORKER).then(watch, () => null);
  const { active } = await navigator.serviceWorker.ready;
  const paths = performance.getEntriesByType("resource").map(({ name }) => new URL(name).pathname);
  active?.postMessage({ kind: "keep", paths: paths.filter((path) => path.endsWith(".woff2")) });
}

async function update(): Promise<void> {
  await (await registration)?.update().catch(() => {});
}

function watch(found: ServiceWorkerRegistration): ServiceWorkerRegistration {
  const look = () => {
    if (found.waiting !== null) void judge(found.waiting);
  };
  found.addEventListener("updatefound", () => found.installing?.addEventListener("statechange", look));
  look();
  return found;
}

/** A shell that waits may be this page's own, which came over the network: then it may begin. */
async function judge(waiting: ServiceWorker): Promise<void> {
  const { port1, port2 } = new MessageChannel();
  const answer = new Promise<boolean>((resolve) => {
    port1.onmessage = ({ data }) => resolve(data === true);
  });
  waiting.postMessage({ kind: "has", path: new URL(import.meta.url).pathname }, [port2]);
  if (await answer) waiting.postMessage({ kind: "begin" });
  else renewed.value = true;
}
