/**
 * Following somebody: the view keeps their cursor in sight, over pages too, until you scroll, click in the page, type or press
 * Escape. Works for who only reads, since everybody sees the cursors of those with the pen.
 *
 * It looks at the cursor as it is drawn (story/caret.ts), so it needs to know nothing about documents.
 */

import { type ReadonlySignal, type Signal, signal, useSignalEffect } from "@preact/signals";
import { useMemo } from "preact/hooks";
import type { Awareness } from "y-protocols/awareness";
import type { Story } from "../story/story";
import type { Live } from "./live";
import type { Present } from "./model";

export interface Following {
  /** Who is followed, as they were last seen here. */
  readonly whom: ReadonlySignal<Present | null>;
  follow(person: Present): void;
  stop(): void;
}

/** A cursor between these parts of the sheet's height is in sight; one that isn't is brought to `REST`. */
const SIGHT = { from: 0.12, to: 0.72 };
const REST = 0.38;

const MODIFIERS: ReadonlySet<string> = new Set(["Shift", "Control", "Alt", "Meta"]);

interface Place {
  readonly live: Live;
  readonly story: ReadonlySignal<Story | null>;
  /** The document that is shown. */
  readonly document: ReadonlySignal<string>;
  readonly show: (document: string) => void;
}

export function useFollowing({ live, story, document, show }: Place): Following {
  const whom: Signal<Present | null> = useMemo(() => signal(null), []);
  const following = useMemo(
    () => ({
      whom,
      follow: (person: Present) => {
        whom.value = person;
      },
      stop: () => {
        whom.value = null;
      },
    }),
    [whom],
  );

  // Their name or the page they look at may change; while they are away they are followed as they were.
  useSignalEffect(() => {
    const id = whom.value?.id;
    const seen = live.here.value.find((present) => present.id === id);
    if (seen !== undefined) whom.value = seen;
  });

  useSignalEffect(() => {
    const looks = whom.value?.looks ?? null;
    const known = live.documents.value.some(({ id }) => id === looks);
    if (looks !== null && known && looks !== document.peek()) show(looks);
  });

  useSignalEffect(() => {
    const id = whom.value?.id;
    const editor = story.value?.editor.value ?? null;
    const awareness = story.value?.awareness;
    if (id === undefined || editor === null || awareness === undefined) return;
    const page = editor.view.dom;
    const sheet = page.closest<HTMLElement>(".sheet");
    if (sheet === null) return;

    let frame = 0;
    // Cursors are drawn a moment after they are heard of.
    const look = () => {
      cancelAnimationFrame(frame);
      frame = requestAnimationFrame(() => {
        frame = requestAnimationFrame(() => keepInSight(sheet, cursorOf(page, awareness, id)));
      });
    };
    const key = ({ key }: KeyboardEvent) => {
      if (!MODIFIERS.has(key)) following.stop();
    };
    const own = ["wheel", "touchmove", "pointerdown"] as const;
    awareness.on("change", look);
    editor.on("transaction", look);
    for (const name of own) sheet.addEventListener(name, following.stop, { passive: true });
    sheet.addEventListener("keydown", key);
    look();
    return () => {
      cancelAnimationFrame(frame);
      awareness.off("change", look);
      editor.off("transaction", look);
      for (const name of own) sheet.removeEventListener(name, following.stop);
      sheet.removeEventListener("keydown", key);
    };
  });

  useSignalEffect(() => {
    if (whom.value === null) return;
    const key = (event: KeyboardEvent) => {
      // An open dialog or menu is left first.
      if (
        event.key === "Escape" &&
        !event.defaultPrevented &&
        globalThis.document.querySelector("dialog[open]") === null
      ) {
        following.stop();
      }
    };
    addEventListener("keydown", key);
    // Whoever goes back to another page looks elsewhere, too.
    addEventListener("popstate", following.stop);
    return () => {
      removeEventListener("keydown", key);
      removeEventListener("popstate", following.stop);
    };
  });

  return following;
}

/** The member's cursor in the page; of several tabs, the one that moved last. */
function cursorOf(page: HTMLElement, awareness: Awareness, member: string): HTMLElement | null {
  const clients = [...awareness.getStates()]
    .filter(([, entry]) => entry.user?.id === member)
    .map(([client]) => client)
    .sort((a, b) => (awareness.meta.get(b)?.lastUpdated ?? 0) - (awareness.meta.get(a)?.lastUpdated ?? 0));
  for (const client of clients) {
    const cursor = page.querySelector<HTMLElement>(`.caret[data-client="${client}"]`);
    if (cursor !== null) return cursor;
  }
  return null;
}

function keepInSight(sheet: HTMLElement, cursor: HTMLElement | null): void {
  if (cursor === null) return;
  const view = sheet.getBoundingClientRect();
  const at = cursor.getBoundingClientRect().top - view.top;
  if (at >= view.height * SIGHT.from && at <= view.height * SIGHT.to) return;
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  sheet.scrollTo({ top: sheet.scrollTop + at - view.height * REST, behavior: calm ? "instant" : "smooth" });
}
