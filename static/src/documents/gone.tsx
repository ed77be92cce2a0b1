/** In the place of a page that isn't there: who has the pen can bring it back, if it was removed. */

import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { removedDocuments, restoreDocument, sentenceOf } from "../room/api";
import { Ending } from "../room/ending";
import type { Live } from "../room/live";
import type { DocumentInfo } from "../room/model";

interface Props {
  readonly live: Live;
  /** The id of the page that isn't there. */
  readonly document: string;
  /** The page made with the room. */
  readonly main: string;
}

export function GonePage({ live, document, main }: Props) {
  const removed = useSignal<DocumentInfo | null>(null);
  const mistake = useSignal("");
  const writes = live.write.value;

  useEffect(() => {
    if (!writes) return;
    removedDocuments(live.token(), live.id).then(
      (found) => {
        removed.value = found.find(({ id }) => id === document) ?? null;
      },
      () => {}, // then it can't be said whether it was removed, and the way on is the same
    );
  }, [live, document, writes, removed]);

  const bringBack = () =>
    restoreDocument(live.token(), live.id, document).catch((error: unknown) => {
      mistake.value = sentenceOf(error);
    });

  const page = removed.value;
  return (
    <Ending title={page === null ? "There is no such page" : `${page.title} was removed`}>
      {page === null ? (
        <p>It may have been removed, or the link was another room's.</p>
      ) : (
        <p>Its text and its history are kept. Brought back, it is there again for everybody.</p>
      )}
      <div class="buttons">
        {page !== null && (
          <button type="button" class="plain" onClick={bringBack}>
            Bring it back
          </button>
        )}
        <a class={page === null ? "button plain" : "button quiet"} href={`/room/${live.id}/${main}`}>
          To the room's first page
        </a>
      </div>
      <p role="alert">{mistake}</p>
    </Ending>
  );
}
