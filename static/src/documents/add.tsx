/** Adding a page, and bringing back one that was removed. */

import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { addDocument, removedDocuments, restoreDocument, sentenceOf } from "../room/api";
import type { FormProps } from "../room/form";
import type { DocumentInfo } from "../room/model";
import { KindField } from "./kindfield";

export function AddPage({ live, show, done }: FormProps) {
  const mistake = useSignal("");
  const removed = useSignal<readonly DocumentInfo[]>([]);

  useEffect(() => {
    removedDocuments(live.token(), live.id).then(
      (found) => {
        removed.value = found;
      },
      () => {}, // a page can be added all the same
    );
  }, [live, removed]);

  const open = async (making: Promise<DocumentInfo>) => {
    try {
      show((await making).id);
      done();
    } catch (error) {
      mistake.value = sentenceOf(error);
    }
  };

  const add = (event: SubmitEvent) => {
    event.preventDefault();
    const said = new FormData(event.currentTarget as HTMLFormElement);
    const title = String(said.get("title")).trim();
    if (title === "") return;
    void open(addDocument(live.token(), live.id, title, String(said.get("kind")) as DocumentInfo["kind"]));
  };

  return (
    <>
      <form onSubmit={add}>
        <label for="page-title">What it is called</label>
        <input id="page-title" name="title" maxLength={200} autocomplete="off" required />
        <KindField kind="story" />
        <div class="buttons">
          <button type="submit" class="plain">
            Add it
          </button>
        </div>
      </form>
      {removed.value.length > 0 && (
        <section class="removed" aria-labelledby="removed-pages">
          <h3 id="removed-pages">Pages that were removed</h3>
          <ul>
            {removed.value.map(({ id, title }) => (
              <li key={id}>
                <span>{title}</span>
                <button
                  type="button"
                  class="quiet"
                  aria-label={`Bring ${title} back`}
                  onClick={() => open(restoreDocument(live.token(), live.id, id))}
                >
                  Bring it back
                </button>
              </li>
            ))}
          </ul>
        </section>
      )}
      <p role="alert" class="small">
        {mistake}
      </p>
    </>
  );
}
