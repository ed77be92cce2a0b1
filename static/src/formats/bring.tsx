/**
 * "Bring in a file": it is read by the studio and shown as it would become, and only then added as a page, or put in place of the one
 * that is shown.
 */

import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { addDocument, previewFile, sentenceOf, writeDocument } from "../room/api";
import type { Form, FormProps } from "../room/form";
import { readable } from "../story/reading";
import { ACCEPTED, incoming, titleOf } from "./formats";
import "./formats.css";

/** The form, with a file that was dropped, or for one still to be chosen. */
export function bringIn(file: File | null): Form {
  return { title: "Bring in a file", Body: (props) => <Bring {...props} file={file} /> };
}

interface Read {
  readonly body: Blob;
  readonly title: string;
  readonly kind: NonNullable<ReturnType<typeof incoming>>["kind"];
  readonly html: string;
}

function Bring({ live, story, show, done, file }: FormProps & { readonly file: File | null }) {
  const read = useSignal<Read | null>(null);
  const said = useSignal("");
  const busy = useSignal(false);

  const look = async (chosen: File) => {
    const known = incoming(chosen.name);
    read.value = null;
    if (known === null) {
      said.value = "This kind of file can't be read here. Word, Markdown, Fountain, ChordPro, HTML and text can.";
      return;
    }
    said.value = `Reading ${chosen.name}…`;
    const body = new Blob([chosen], { type: known.type });
    try {
      const html = await previewFile(live.token(), live.id, body);
      read.value = { body, title: titleOf(chosen.name), kind: known.kind, html };
      said.value = "";
    } catch (error) {
      said.value = sentenceOf(error);
    }
  };

  useEffect(() => {
    if (file !== null) void look(file);
  }, [file]);

  const attempt = async (work: () => Promise<string>) => {
    busy.value = true;
    try {
      show(await work());
      done();
    } catch (error) {
      said.value = sentenceOf(error);
    }
    busy.value = false;
  };

  const add = (event: SubmitEvent) => {
    event.preventDefault();
    const found = read.value;
    if (found === null) return;
    const title = String(new FormData(event.currentTarget as HTMLFormElement).get("title")).trim() || found.title;
    void attempt(async () => {
      const made = await addDocument(live.token(), live.id, title, found.kind);
      await writeDocument(live.token(), live.id, made.id, found.body);
      return made.id;
    });
  };

  const replace = (id: string, { body }: Read) =>
    void attempt(async () => {
      await writeDocument(live.token(), live.id, id, body);
      return id;
    });

  const page = live.documents.value.find(({ id }) => id === story.value?.id);
  return (
    <>
      <label for="file">Word, Markdown, Fountain, ChordPro, HTML or text</label>
      <input
        id="file"
        type="file"
        accept={ACCEPTED}
        onChange={({ currentTarget }) => {
          const chosen = currentTarget.files?.[0];
          if (chosen !== undefined) void look(chosen);
        }}
      />
      <p role="status" class="small">
        {said}
      </p>
      {read.value !== null && (
        <form onSubmit={add}>
          <h3 id="preview">So it will be</h3>
          <Preview {...read.value} />
          <label for="file-title">What the page is called</label>
          <input
            id="file-title"
            name="title"
            maxLength={200}
            autocomplete="off"
            required
            defaultValue={read.value.title}
          />
          <div class="buttons">
            <button type="submit" class="plain" disabled={busy.value}>
              Add it as a new page
            </button>
            {page !== undefined && (
              <button
                type="button"
                class="quiet edged"
                disabled={busy.value}
                onClick={() => read.value !== null && replace(page.id, read.value)}
              >
                Put it in place of “{page.title}”
              </button>
            )}
          </div>
          {page !== undefined && <p class="small">What is on the page now stays in its history.</p>}
        </form>
      )}
    </>
  );
}

function Preview({ html, kind }: Pick<Read, "html" | "kind">) {
  const host = useRef<HTMLElement>(null);
  useEffect(() => {
    host.current?.replaceChildren(readable(html));
  }, [html]);
  return (
    // Its own scrolling place, so it can be reached by keyboard.
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be focusable
    <section class="preview" aria-labelledby="preview" tabIndex={0}>
      <article class="page" ref={host} data-kind={kind} />
    </section>
  );
}
