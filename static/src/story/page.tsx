/** The page surface: the text of one document with its tools, bound once the server has sent all of it. */

import { type Signal, useComputed, useSignalEffect } from "@preact/signals";
import { useEffect, useMemo, useRef } from "preact/hooks";
import { commentTool } from "../comments/tool";
import { AtCursor } from "../suggestions/atcursor";
import { suggestTool } from "../suggestions/tool";
import { showNames } from "./caret";
import "../images/images.css";
import { Pictures } from "../images/store";
import "../script/script.css";
import "../song/song.css";
import { toolMarks } from "../tools/marks";
import { PageTools } from "../tools/pagetools";
import "../tools/print.css";
import { makeEditor } from "./editor";
import { stayAboveKeyboard } from "./keyboard";
import { kindOf } from "./kind";
import "../comments/words.css";
import "./page.css";
import type { Story } from "./story";
import { Toolbar } from "./toolbar";

interface Props {
  readonly story: Story;
  /** What the document is called. */
  readonly title: string;
  /** The name of the panel beside the page. */
  readonly panel: Signal<string>;
}

export function Page({ story, title, panel }: Props) {
  const host = useRef<HTMLDivElement>(null);
  const { absent, arrived, awareness, editor, fragment, live, precious } = story;
  const { write } = live;
  const pictures = useMemo(() => new Pictures(live.id, () => live.token()), [live]);
  const kind = useComputed(() => kindOf(live.documents.value.find(({ id }) => id === story.id)?.kind));

  const beside = useMemo(() => [commentTool(story, panel), suggestTool(story)], [story, panel]);

  useEffect(() => story.conversation.follow(), [story]);
  useEffect(() => story.suggesting.follow(), [story]);

  useSignalEffect(() => {
    if (!arrived.value || host.current === null) return;
    const made = makeEditor({
      element: host.current,
      label: title,
      editable: write.peek(),
      kind: () => kind.peek(),
      pictures,
      fragment,
      awareness,
      more: [...story.suggesting.extensions(), story.conversation.extension(), toolMarks(story.tools)],
    });
    editor.value = made;
    return () => {
      editor.value = null;
      made.destroy();
    };
  });

  // What it says of itself, and the sentence on an empty page, are asked for anew.
  useSignalEffect(() => {
    kind.value;
    if (editor.value !== null) editor.value.view.dispatch(editor.value.state.tr);
  });

  useSignalEffect(() => {
    editor.value?.setEditable(write.value, false);
  });

  useEffect(() => {
    const moved = new Set<number>();
    // After the cursors were drawn, and once for all that moved together.
    const show = () => {
      if (host.current !== null) showNames(host.current, moved);
      moved.clear();
    };
    const note = ({ added, updated }: { added: number[]; updated: number[] }) => {
      if (moved.size === 0) setTimeout(show);
      for (const client of [...added, ...updated]) moved.add(client);
    };
    awareness.on("change", note);
    return () => awareness.off("change", note);
  }, [awareness]);

  useEffect(stayAboveKeyboard, []);

  useSignalEffect(() => {
    if (!precious.value) return;
    const ask = (event: BeforeUnloadEvent) => event.preventDefault();
    addEventListener("beforeunload", ask);
    return () => removeEventListener("beforeunload", ask);
  });

  const sheet = [
    "sheet",
    story.suggesting.on.value && "suggesting",
    story.suggesting.hidden.value && "without-suggestions",
  ]
    .filter(Boolean)
    .join(" ");

  return (
    <>
      {editor.value !== null && write.value && (
        <Toolbar editor={editor.value} kind={kind.value} pictures={pictures} more={beside} />
      )}
      <PageTools story={story} />
      <div class={sheet} data-hue={live.you.value?.hue}>
        {!arrived.value && (
          <p class="waiting">
            {absent.value
              ? "You are offline, and this page was never opened on this device. It opens when you're back."
              : "Opening the page…"}
          </p>
        )}
        <div ref={host} />
        {editor.value !== null && <AtCursor story={story} />}
      </div>
    </>
  );
}

export { Story } from "./story";
