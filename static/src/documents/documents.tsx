/** The pages of the room, as a row of links. Who has the pen adds pages and puts them in order: by dragging, or Shift and an arrow. */

import type { Signal } from "@preact/signals";
import { useRef } from "preact/hooks";
import { More } from "../design/icons";
import { changeDocument, sentenceOf } from "../room/api";
import type { Form } from "../room/form";
import type { Live } from "../room/live";
import type { DocumentInfo, RoomInfo } from "../room/model";
import { AddPage } from "./add";
import "./documents.css";
import { kindLabel } from "./kinds";
import { beside, dropped } from "./order";
import { thisPage } from "./thispage";

const DRAGGED = "application/x-tutti-page";

interface Props {
  readonly live: Live;
  readonly room: RoomInfo;
  /** The id of the document that is shown. */
  readonly current: string;
  readonly mistake: Signal<string>;
  readonly show: (document: string) => void;
  readonly ask: (form: Form) => void;
}

export function Documents({ live, room, current, mistake, show, ask }: Props) {
  const row = useRef<HTMLElement>(null);
  const documents = live.documents.value;
  const writes = live.write.value;

  const open = (event: MouseEvent, { id }: DocumentInfo) => {
    // A new tab or window is the browser's to open.
    if (event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    show(id);
  };

  const move = async (id: string, place: number | null) => {
    if (place === null || !writes) return;
    try {
      await changeDocument(live.token(), room.room, id, { place });
      row.current?.querySelector<HTMLElement>(`[data-page="${CSS.escape(id)}"]`)?.focus();
    } catch (error) {
      mistake.value = sentenceOf(error);
    }
  };

  const pressed = (event: KeyboardEvent, { id }: DocumentInfo) => {
    if (!event.shiftKey || (event.key !== "ArrowLeft" && event.key !== "ArrowRight")) return;
    event.preventDefault();
    void move(id, beside(documents, id, event.key === "ArrowLeft" ? -1 : 1));
  };

  return (
    <nav class="documents" aria-label="Pages of this room" ref={row}>
      {documents.map((document) => (
        <a
          key={document.id}
          data-page={document.id}
          href={`/room/${room.room}/${document.id}`}
          title={kindLabel(document.kind)}
          aria-current={document.id === current ? "page" : undefined}
          aria-keyshortcuts={writes ? "Shift+ArrowLeft Shift+ArrowRight" : undefined}
          draggable={writes}
          onClick={(event) => open(event, document)}
          onKeyDown={(event) => pressed(event, document)}
          onDragStart={({ dataTransfer }) => dataTransfer?.setData(DRAGGED, document.id)}
          onDragOver={(event) => {
            if (event.dataTransfer?.types.includes(DRAGGED)) event.preventDefault();
          }}
          onDrop={(event) => {
            const id = event.dataTransfer?.getData(DRAGGED) ?? "";
            if (id === "") return;
            event.preventDefault();
            void move(id, dropped(documents, id, document.id));
          }}
        >
          {document.title}
        </a>
      ))}
      {writes && documents.some(({ id }) => id === current) && (
        <button
          type="button"
          class="quiet"
          aria-label="This page: its name, its place"
          title="This page: its name, its place"
          onClick={() => ask(thisPage(current))}
        >
          <More />
        </button>
      )}
      {writes && (
        <button
          type="button"
          class="quiet"
          aria-label="Add a page"
          title="Add a page"
          onClick={() => ask({ title: "Add a page", Body: AddPage })}
        >
          +
        </button>
      )}
    </nav>
  );
}
