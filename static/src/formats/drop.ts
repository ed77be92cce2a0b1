/** A file that is dropped anywhere in the room: pictures are the text's, any other is offered to become a page. */

import type { Signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { sentenceOf } from "../room/api";
import type { Form } from "../room/form";
import type { Live } from "../room/live";

export function useDrop(live: Live, ask: (form: Form) => void, mistake: Signal<string>): void {
  useEffect(() => {
    const over = (event: DragEvent) => {
      const kinds = [...(event.dataTransfer?.items ?? [])].filter(({ kind }) => kind === "file");
      // Without this a browser would leave the room to show the file.
      if (kinds.length > 0 && kinds.every(({ type }) => !type.startsWith("image/"))) event.preventDefault();
    };
    const dropped = (event: DragEvent) => {
      const file = event.dataTransfer?.files[0];
      if (file === undefined || file.type.startsWith("image/")) return;
      event.preventDefault();
      event.stopPropagation();
      if (!live.write.value) {
        mistake.value = "Files can be brought in by those with the pen.";
        return;
      }
      import("./bring").then(
        ({ bringIn }) => ask(bringIn(file)),
        (error: unknown) => {
          mistake.value = sentenceOf(error);
        },
      );
    };
    addEventListener("dragover", over, { capture: true });
    addEventListener("drop", dropped, { capture: true });
    return () => {
      removeEventListener("dragover", over, { capture: true });
      removeEventListener("drop", dropped, { capture: true });
    };
  }, [live, ask, mistake]);
}
