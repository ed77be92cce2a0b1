/** Find and replace, over the edge of the page. Enter goes on, Shift and Enter back, Escape ends. */

import { useSignal } from "@preact/signals";
import type { Editor } from "@tiptap/core";
import { useEffect, useMemo, useRef } from "preact/hooks";
import { Next, Previous } from "../design/icons";
import type { Story } from "../story/story";
import { Find } from "./find";
import "./findbar.css";
import { foundInWords, replacedInWords } from "./words";

interface Props {
  readonly story: Story;
  readonly editor: Editor;
}

export function FindBar({ story, editor }: Props) {
  const find = useMemo(() => new Find(editor), [editor]);
  const text = useSignal(selected(editor));
  const replacement = useSignal("");
  const matchCase = useSignal(false);
  const wholeWords = useSignal(false);
  const said = useSignal("");
  const busy = useSignal(false);
  const field = useRef<HTMLInputElement>(null);
  const { finding } = story.tools;
  const replaces = finding.value === "replace" && story.live.write.value;
  const query = { text: text.value, matchCase: matchCase.value, wholeWords: wholeWords.value };

  useEffect(() => () => find.close(), [find]);
  useEffect(() => {
    field.current?.focus();
    field.current?.select();
  }, [finding.value]);
  useEffect(() => {
    said.value = "";
    find.ask(query);
  }, [find, text.value, matchCase.value, wholeWords.value]);

  const close = () => {
    finding.value = null;
    find.leave();
  };
  const replaceAll = async () => {
    if (busy.value) return;
    busy.value = true;
    said.value = "Replacing…";
    said.value = replacedInWords(await find.replaceAll(replacement.value.toWellFormed()));
    busy.value = false;
  };
  const pressed = (event: KeyboardEvent) => {
    if (event.isComposing) return;
    if (event.key === "Escape") {
      event.preventDefault();
      event.stopPropagation();
      close();
    } else if (event.key === "Enter" && event.target instanceof HTMLInputElement) {
      event.preventDefault();
      if (event.target.name === "replacement") find.replace(replacement.value.toWellFormed());
      else find.go(event.shiftKey ? -1 : 1);
    }
  };

  const toggles = [
    { on: matchCase, face: "Aa", label: "Aa: capitals count" },
    { on: wholeWords, face: "“ab”", label: "“ab”: whole words only" },
  ];
  return (
    <search class="find" aria-label="Find" onKeyDown={pressed}>
      <div class="row">
        <input
          ref={field}
          name="find"
          aria-label="Find in this page"
          placeholder="Find"
          autocomplete="off"
          spellcheck={false}
          value={text}
          onInput={({ currentTarget }) => {
            text.value = currentTarget.value;
          }}
        />
        <button
          type="button"
          class="quiet"
          aria-label="The one before"
          title="The one before"
          onClick={() => find.go(-1)}
        >
          <Previous />
        </button>
        <button type="button" class="quiet" aria-label="The next one" title="The next one" onClick={() => find.go(1)}>
          <Next />
        </button>
        <button type="button" class="quiet" onClick={close}>
          Close
        </button>
      </div>
      {replaces && (
        <div class="row">
          <input
            name="replacement"
            aria-label="Replace with"
            placeholder="Replace with"
            autocomplete="off"
            value={replacement}
            onInput={({ currentTarget }) => {
              replacement.value = currentTarget.value;
            }}
          />
          <button type="button" class="quiet" onClick={() => find.replace(replacement.value.toWellFormed())}>
            Replace
          </button>
          <button type="button" class="quiet" aria-disabled={busy.value} onClick={replaceAll}>
            Replace all
          </button>
        </div>
      )}
      <div class="row">
        <p role="status" class="small">
          {said.value || foundInWords(text.value, find.found.value)}
        </p>
        {toggles.map(({ on, face, label }) => (
          <button
            key={face}
            type="button"
            class="quiet"
            aria-label={label}
            title={label}
            aria-pressed={on.value}
            onClick={() => {
              on.value = !on.value;
            }}
          >
            {face}
          </button>
        ))}
      </div>
    </search>
  );
}

/** What is selected, if it is a few words: most people mark what they look for. */
function selected({ state: { doc, selection } }: Editor): string {
  const words = doc.textBetween(selection.from, selection.to, "\n");
  return words.length <= 100 && !words.includes("\n") ? words : "";
}
