/** What is shown in the page's place: an old page with what had changed, or who wrote what. Only for reading. */

import { type ReadonlySignal, useSignal, useSignalEffect } from "@preact/signals";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { ReadBlock } from "./blocks";
import type { History } from "./history";
import { type Authors, type Block, type Difference, type Entry, momentAt, type Person, writersOf } from "./model";

const NARROW = "(max-width: 60rem)";

export function Past({ history }: { readonly history: History }) {
  const { shown, difference, authors, mistake, mode } = history;
  const region = useRef<HTMLElement>(null);

  // Whoever chose a moment in the list goes on reading here.
  useSignalEffect(() => {
    if (shown.value !== null) region.current?.focus();
  });

  return (
    <section
      ref={region}
      class="past"
      aria-label={mode.value === "authors" ? "Who wrote what" : "An earlier page"}
      tabIndex={-1}
      onKeyDown={(event) => {
        if (event.key === "Escape") history.leave();
      }}
    >
      <Bar history={history} />
      <p role="alert" class="past-mistake">
        {mistake}
      </p>
      {mode.value === "authors"
        ? authors.value !== null && <WhoWroteWhat authors={authors.value} />
        : difference.value !== null && <Changes difference={difference.value} history={history} />}
      {history.busy.value && (
        <p class="past-waiting small" role="status">
          Looking it up…
        </p>
      )}
    </section>
  );
}

function Bar({ history }: { readonly history: History }) {
  const { shown, mode, since, moments } = history;
  const moment = shown.value;
  const title = moment === null ? "The page now" : history.titleOf(moment);
  const before = moments.value.moments.filter(({ seq }) => moment !== null && seq < moment.first);

  return (
    <header class="past-bar">
      <h2>{title}</h2>
      {moment !== null && mode.value === "changes" && (
        <label class="small">
          Compared with{" "}
          <select
            value={since.value === null ? "before" : String(since.value)}
            onChange={({ currentTarget }) => {
              since.value = currentTarget.value === "before" ? null : Number(currentTarget.value);
            }}
          >
            <option value="before">the moment before</option>
            {before.slice(1).map((other) => (
              <option key={other.seq} value={other.seq}>
                {history.titleOf(other)}
              </option>
            ))}
            <option value="0">the empty page</option>
          </select>
        </label>
      )}
      <div class="buttons">
        <button
          type="button"
          class="quiet"
          aria-pressed={mode.value === "authors"}
          onClick={() => {
            mode.value = mode.value === "authors" ? "changes" : "authors";
            if (mode.value === "changes" && moment === null) history.leave();
          }}
        >
          Who wrote what
        </button>
        {moment !== null && moment.seq !== moments.value.moments[0]?.seq && (
          <button type="button" class="plain" disabled={history.busy.value} onClick={() => history.restore(moment)}>
            Bring this page back
          </button>
        )}
        <button type="button" class="quiet" onClick={() => history.leave()}>
          Back to writing
        </button>
      </div>
    </header>
  );
}

function Changes({ difference, history }: { readonly difference: Difference; readonly history: History }) {
  const narrow = useNarrow();
  const people = new Map(difference.people.map((person) => [person.id, person]));
  const before = momentAt(history.moments.value.moments, difference.since);
  const changed = difference.entries.some(({ change }) => change !== "same");
  const touched = difference.entries.filter(({ change }) => change !== "same");
  const writers = writersOf(
    touched.flatMap(({ before = [], after = [] }) => [...before, ...after]),
    difference.people,
  );

  const sheet = useRef<HTMLDivElement>(null);
  const at = useRef(-1);
  /** Goes to the next change, and from the last to the first. */
  const next = () => {
    const changes = sheet.current?.querySelectorAll('.entry:not([data-change="same"])');
    if (changes === undefined || changes.length === 0) return;
    at.current = (at.current + 1) % changes.length;
    changes[at.current]?.scrollIntoView({ block: "center" });
  };
  // On a long page the first change may be far down.
  useLayoutEffect(() => {
    at.current = -1;
    if (difference.entries.length > 0) next();
  }, [difference]);

  return (
    <div class="past-sheet" ref={sheet}>
      <p class="past-key small">
        {touched.length > 1 && (
          <button type="button" class="quiet" onClick={next}>
            Next change
          </button>
        )}
        {changed ? (
          <>
            <ins>Added</ins> <del>Taken out</del>
            {writers.map((person) => (
              <Swatch key={person.id} person={person} />
            ))}
          </>
        ) : (
          "Both read the same."
        )}
      </p>
      {!narrow.value && (
        <div class="columns-head small" aria-hidden="true">
          <span>{before === undefined ? "The empty page" : history.titleOf(before)}</span>
          <span>{history.shown.value === null ? "" : history.titleOf(history.shown.value)}</span>
        </div>
      )}
      <ol class={`page entries ${narrow.value ? "inline" : "beside"}`}>
        {difference.entries.map((entry, at) => (
          <li key={at} class="entry" data-change={entry.change}>
            {narrow.value ? <InLine entry={entry} people={people} /> : <Beside entry={entry} people={people} />}
          </li>
        ))}
      </ol>
    </div>
  );
}

const SAYS: Readonly<Record<Entry["change"], string>> = {
  same: "",
  changed: "Changed: ",
  added: "Added: ",
  removed: "Taken out: ",
};

interface EntryProps {
  readonly entry: Entry;
  readonly people: ReadonlyMap<string, Person>;
}

function Says({ entry }: Pick<EntryProps, "entry">) {
  return SAYS[entry.change] === "" ? null : <span class="vh">{SAYS[entry.change]}</span>;
}

function InLine({ entry, people }: EntryProps) {
  return (
    <>
      <Says entry={entry} />
      <Blocks blocks={entry.both ?? entry.after ?? entry.before} people={people} />
    </>
  );
}

function Beside({ entry, people }: EntryProps) {
  const same = entry.change === "same";
  return (
    <>
      <Says entry={entry} />
      {/* What didn't change is read once. */}
      <div class="then" aria-hidden={same}>
        <Blocks blocks={same ? entry.after : entry.before} people={people} />
      </div>
      <div class="after">
        <Blocks blocks={entry.after} people={people} />
      </div>
    </>
  );
}

interface BlocksProps {
  readonly blocks: readonly Block[] | undefined;
  readonly people: ReadonlyMap<string, Person>;
}

function Blocks({ blocks = [], people }: BlocksProps) {
  return (
    <>
      {blocks.map((block, at) => (
        <ReadBlock key={at} block={block} people={people} />
      ))}
    </>
  );
}

/** Passages in the colours of their authors. One stop for the Tab key; arrow keys go from passage to passage. */
function WhoWroteWhat({ authors }: { readonly authors: Authors }) {
  const only = useSignal<string | null>(null);
  const sheet = useRef<HTMLDivElement>(null);
  const people = new Map(authors.people.map((person) => [person.id, person]));
  const writers = writersOf(authors.blocks, authors.people);

  const walk = (event: KeyboardEvent) => {
    const passages = [...(sheet.current?.querySelectorAll<HTMLElement>(".by") ?? [])];
    const at = passages.indexOf(document.activeElement as HTMLElement);
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: passages.length - 1 }[event.key];
    const next = to === undefined ? undefined : passages[Math.max(0, Math.min(to, passages.length - 1))];
    if (next === undefined) return;
    event.preventDefault();
    next.focus();
  };

  return (
    <div class="past-sheet">
      <fieldset class="past-key small">
        <legend class="vh">Show only what one of them wrote</legend>
        {writers.map((person) => (
          <button
            key={person.id}
            type="button"
            class="quiet writer"
            aria-pressed={only.value === person.id}
            onClick={() => {
              only.value = only.value === person.id ? null : person.id;
            }}
          >
            <Swatch person={person} />
          </button>
        ))}
        {writers.length === 0 && "Nothing is written here."}
      </fieldset>
      <div
        ref={sheet}
        class="page passages"
        role="document"
        aria-label="The page, passage by passage: arrow keys go on"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what is walked by keyboard must be reachable by it
        tabIndex={0}
        onKeyDown={walk}
      >
        {authors.blocks.map((block, at) => (
          <ReadBlock key={at} block={block} people={people} named only={only.value} />
        ))}
      </div>
    </div>
  );
}

function Swatch({ person }: { readonly person: Person }) {
  return (
    <span class="swatch" data-hue={person.hue}>
      {person.name}
      {person.removed && " (left)"}
    </span>
  );
}

function useNarrow(): ReadonlySignal<boolean> {
  const narrow = useSignal(matchMedia(NARROW).matches);
  useEffect(() => {
    const media = matchMedia(NARROW);
    const changed = () => {
      narrow.value = media.matches;
    };
    media.addEventListener("change", changed);
    return () => media.removeEventListener("change", changed);
  }, [narrow]);
  return narrow;
}
