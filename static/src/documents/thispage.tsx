/** What can be done with one page: its name, what it is, its place in the row, and taking it away. */

import { useSignal } from "@preact/signals";
import { changeDocument, removeDocument, sentenceOf } from "../room/api";
import type { Form, FormProps } from "../room/form";
import type { DocumentInfo } from "../room/model";
import { KindField } from "./kindfield";
import { beside } from "./order";

export function thisPage(id: string): Form {
  return { title: "This page", Body: (props) => <ThisPage {...props} id={id} /> };
}

function ThisPage({ live, show, done, id }: FormProps & { readonly id: string }) {
  const mistake = useSignal("");
  const removing = useSignal(false);
  const documents = live.documents.value;
  const page = documents.find((document) => document.id === id);
  const main = live.room.value?.main ?? "";
  if (page === undefined) return <p>This page isn't there any more.</p>;

  const attempt = async (change: Promise<unknown>): Promise<boolean> => {
    mistake.value = "";
    try {
      await change;
      return true;
    } catch (error) {
      mistake.value = sentenceOf(error);
      return false;
    }
  };
  const change = (changes: Parameters<typeof changeDocument>[3]) =>
    attempt(changeDocument(live.token(), live.id, id, changes));

  const keep = async (event: SubmitEvent) => {
    event.preventDefault();
    const said = new FormData(event.currentTarget as HTMLFormElement);
    const title = String(said.get("title")).trim();
    const kind = String(said.get("kind")) as DocumentInfo["kind"];
    if (title !== "" && (await change({ title, kind }))) done();
  };
  const remove = async () => {
    if (!(await attempt(removeDocument(live.token(), live.id, id)))) return;
    show(main);
    done();
  };

  return (
    <>
      <form onSubmit={keep}>
        <label for="page-title">What it is called</label>
        <input id="page-title" name="title" maxLength={200} autocomplete="off" required defaultValue={page.title} />
        <KindField kind={page.kind} />
        <div class="buttons">
          <button type="submit" class="plain">
            Keep it so
          </button>
        </div>
      </form>
      <div class="buttons">
        {([-1, 1] as const).map((by) => {
          const place = beside(documents, id, by);
          return (
            <button
              key={by}
              type="button"
              class="quiet edged"
              disabled={place === null}
              onClick={() => place !== null && change({ place })}
            >
              {by === -1 ? "Move it left" : "Move it right"}
            </button>
          );
        })}
      </div>
      {id !== main && !removing.value && (
        <button
          type="button"
          class="quiet edged"
          onClick={() => {
            removing.value = true;
          }}
        >
          Remove this page…
        </button>
      )}
      {removing.value && (
        <div class="removing">
          <p>It goes off the list for everybody. Its text and its history are kept, and it can be brought back.</p>
          <div class="buttons">
            <button type="button" class="plain" onClick={remove}>
              Remove {page.title}
            </button>
            <button
              type="button"
              class="quiet"
              onClick={() => {
                removing.value = false;
              }}
            >
              Not now
            </button>
          </div>
        </div>
      )}
      <p role="alert" class="small">
        {mistake}
      </p>
    </>
  );
}
