/** The moments of the page beside it, newest first, by the day. What one looks like is shown in the page's place. */

import { useSignal } from "@preact/signals";
import { useEffect, useMemo, useRef } from "preact/hooks";
import type { PanelProps } from "../room/panels";
import type { Story } from "../story/story";
import { History } from "./history";
import "./history.css";
import { byDay, dayOf, type Moment, together, type Version } from "./model";
import { Past } from "./past";

const TITLE_CHARS = 200;

export default function HistoryPanel({ live, story, instead }: PanelProps) {
  const opened = story.value;
  return (
    <>
      <h2 class="vh">History</h2>
      {opened === null ? (
        <p class="moments small">The history comes with the page.</p>
      ) : (
        <Moments key={opened.id} live={live} story={opened} instead={instead} />
      )}
    </>
  );
}

interface Props {
  readonly live: PanelProps["live"];
  readonly story: Story;
  readonly instead: PanelProps["instead"];
}

function Moments({ live, story, instead }: Props) {
  const history = useMemo(
    () =>
      new History(live, story.id, () => {
        instead.value = null;
      }),
    [live, story, instead],
  );
  const list = useRef<HTMLDivElement>(null);
  const naming = useSignal(false);

  useEffect(() => {
    void history.refresh();
    const changed = () => history.refreshLater();
    story.doc.on("update", changed);
    return () => {
      story.doc.off("update", changed);
      history.close();
      instead.value = null;
    };
  }, [history, story, instead]);

  // What is no longer in the page's place isn't chosen any more, and the focus comes back to the list.
  const isOpen = instead.value !== null;
  useEffect(() => {
    if (isOpen || (history.shown.peek() === null && history.mode.peek() === "changes")) return;
    const chosen = list.current?.querySelector<HTMLElement>('[aria-current="true"], [aria-pressed="true"]');
    history.shown.value = null;
    history.mode.value = "changes";
    chosen?.focus();
  }, [isOpen, history]);

  const open = () => {
    instead.value = <Past history={history} />;
  };
  const show = (moment: Moment) => {
    history.show(moment);
    open();
  };

  return (
    <div class="moments" ref={list}>
      <div class="buttons">
        {naming.value ? (
          <TitleForm
            label="What to call the page as it is now"
            done="Keep it"
            leave={() => {
              naming.value = false;
            }}
            give={(title) => history.name(title, null)}
          />
        ) : (
          <button
            type="button"
            class="quiet edged"
            onClick={() => {
              naming.value = true;
            }}
          >
            Name this version
          </button>
        )}
        <button
          type="button"
          class="quiet edged"
          aria-pressed={isOpen && history.mode.value === "authors" && history.shown.value === null}
          onClick={() => {
            history.showAuthors();
            open();
          }}
        >
          Who wrote what
        </button>
      </div>
      <p role="alert" class="small">
        {!isOpen && history.mistake}
      </p>
      {!history.arrived.value && history.mistake.value === "" && <p class="small">Looking it up…</p>}
      {history.arrived.value && history.moments.value.moments.length === 0 && (
        <p class="small">Nothing has been written here yet. Each time you pause, a moment is kept.</p>
      )}
      {byDay(history.moments.value.moments).map(({ time, moments }) => (
        <section key={time} aria-label={dayOf(time)}>
          <h3 class="small">{dayOf(time)}</h3>
          <ol>
            {moments.map((moment) => (
              <Item key={moment.first} moment={moment} history={history} isOpen={isOpen} show={show} />
            ))}
          </ol>
        </section>
      ))}
    </div>
  );
}

const TIME = new Intl.DateTimeFormat(undefined, { hour: "numeric", minute: "2-digit" });

interface ItemProps {
  readonly moment: Moment;
  readonly history: History;
  readonly isOpen: boolean;
  readonly show: (moment: Moment) => void;
}

function Item({ moment, history, isOpen, show }: ItemProps) {
  const shown = isOpen && history.shown.value?.first === moment.first;
  const naming = useSignal(false);
  const names = moment.versions.filter(({ restores }) => restores === null);
  const back = history.broughtBack(moment);
  const writers = moment.members.map((id) => history.person(id));
  const start = TIME.format(new Date(moment.start));
  const end = TIME.format(new Date(moment.end));

  return (
    <li class="moment">
      <button type="button" class="moment-button" aria-current={shown} onClick={() => show(moment)}>
        {names.map(({ id, title }) => (
          <b key={id}>{title}</b>
        ))}
        <time dateTime={new Date(moment.end).toISOString()}>{start === end ? end : `${start} to ${end}`}</time>
        {back !== null ? (
          <span class="small">{back}</span>
        ) : (
          <span class="small">
            <span class="vh">{together(writers.map((person) => person?.name ?? "Somebody"))}</span>
            <span class="writers" aria-hidden="true">
              {writers.map((person) => (
                <span key={person?.id} class="swatch" data-hue={person?.hue ?? 7}>
                  {person?.name ?? "Somebody"}
                </span>
              ))}
            </span>
          </span>
        )}
      </button>
      {shown && (
        <div class="moment-more">
          {names.map((version) => (
            <Named key={version.id} version={version} history={history} />
          ))}
          {naming.value ? (
            <TitleForm
              label="What to call this moment"
              done="Keep it"
              leave={() => {
                naming.value = false;
              }}
              give={(title) => history.name(title, moment)}
            />
          ) : (
            names.length === 0 && (
              <button
                type="button"
                class="quiet"
                onClick={() => {
                  naming.value = true;
                }}
              >
                Name this moment
              </button>
            )
          )}
        </div>
      )}
    </li>
  );
}

function Named({ version, history }: { readonly version: Version; readonly history: History }) {
  const renaming = useSignal(false);
  if (renaming.value) {
    return (
      <TitleForm
        label="What to call it"
        done="Rename"
        title={version.title}
        leave={() => {
          renaming.value = false;
        }}
        give={(title) => history.rename(version.id, title)}
      />
    );
  }
  return (
    <div class="buttons">
      <button
        type="button"
        class="quiet"
        onClick={() => {
          renaming.value = true;
        }}
      >
        Rename <span class="vh">“{version.title}”</span>
      </button>
      <button type="button" class="quiet" onClick={() => void history.forget(version.id)}>
        Take the name away <span class="vh">of “{version.title}”</span>
      </button>
    </div>
  );
}

interface TitleFormProps {
  readonly label: string;
  readonly done: string;
  readonly title?: string;
  readonly give: (title: string) => Promise<void>;
  readonly leave: () => void;
}

function TitleForm({ label, done, title = "", give, leave }: TitleFormProps) {
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => field.current?.select(), []);

  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const written = field.current?.value.trim() ?? "";
    if (written === "") return;
    leave();
    await give(written);
  };

  return (
    <form
      class="buttons title-form"
      onSubmit={submit}
      onKeyDown={(event) => {
        if (event.key !== "Escape") return;
        event.stopPropagation();
        leave();
      }}
    >
      <input ref={field} aria-label={label} placeholder={label} defaultValue={title} maxLength={TITLE_CHARS} required />
      <button type="submit" class="plain">
        {done}
      </button>
      <button type="button" class="quiet" onClick={leave}>
        Never mind
      </button>
    </form>
  );
}
