/** The page surface: the text of one document with its tools, bound once the server has sent all of it. */

import { useSignalEffect } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { showNames } from "./caret";
import { makeEditor } from "./editor";
import "./page.css";
import type { Story } from "./story";
import { Toolbar } from "./toolbar";

interface Props {
  readonly story: Story;
  /** What the document is called. */
  readonly title: string;
}

export function Page({ story, title }: Props) {
  const host = useRef<HTMLDivElement>(null);
  const { arrived, awareness, editor, fragment, live, precious } = story;
  const { write } = live;

  useSignalEffect(() => {
    if (!arrived.value || host.current === null) return;
    const made = makeEditor({ element: host.current, label: title, editable: write.peek(), fragment, awareness });
    editor.value = made;
    return () => {
      editor.value = null;
      made.destroy();
    };
  });

  useSignalEffect(() => {
    editor.value?.setEditable(write.value, false);
  });

  useEffect(() => {
    const moved = ({ added, updated }: { added: number[]; updated: number[] }) => {
      if (host.current !== null) showNames(host.current, [...added, ...updated]);
    };
    awareness.on("change", moved);
    return () => awareness.off("change", moved);
  }, [awareness]);

  useSignalEffect(() => {
    if (!precious.value) return;
    const ask = (event: BeforeUnloadEvent) => event.preventDefault();
    addEventListener("beforeunload", ask);
    return () => removeEventListener("beforeunload", ask);
  });

  return (
    <>
      {editor.value !== null && write.value && <Toolbar editor={editor.value} />}
      <div class="sheet">
        {!arrived.value && <p class="waiting">Opening the page…</p>}
        <div ref={host} />
      </div>
    </>
  );
}

export { Story } from "./story";
