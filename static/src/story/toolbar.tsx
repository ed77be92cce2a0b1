/** The tools at the edge of the page: one row, one tab stop, arrow keys between them (the ARIA toolbar pattern). */

import { useSignal } from "@preact/signals";
import type { Editor } from "@tiptap/core";
import type { Transaction } from "@tiptap/pm/state";
import type { ComponentChildren } from "preact";
import { useEffect, useMemo, useRef } from "preact/hooks";
import { Dialog } from "../design/dialog";
import {
  BlockOfCode,
  Bullets,
  Chain,
  Comment,
  Divider,
  Numbers,
  Picture,
  Quote,
  Redo,
  Suggest,
  Undo,
} from "../design/icons";
import { keyTip } from "../design/keys";
import { askForPicture } from "../images/putting";
import type { Pictures } from "../images/store";
import type { Kind } from "./kind";
import { LinkForm } from "./linkform";
import { ownTools, type Tool, toolsFor } from "./tools";

const FACES: Readonly<Record<string, ComponentChildren>> = {
  heading1: "H1",
  heading2: "H2",
  heading3: "H3",
  bold: <b>B</b>,
  italic: <i>I</i>,
  underline: <u>U</u>,
  strike: <s>S</s>,
  code: <code>{"<>"}</code>,
  link: <Chain />,
  bulletList: <Bullets />,
  orderedList: <Numbers />,
  blockquote: <Quote />,
  codeBlock: <BlockOfCode />,
  horizontalRule: <Divider />,
  sceneHeading: "Scene",
  action: "Action",
  character: "Character",
  parenthetical: "( )",
  dialogue: "Dialogue",
  transition: "Transition",
  synopsis: "Synopsis",
  section: "Part",
  lyric: "Lyrics",
  chord: "Chord",
  picture: <Picture />,
  undo: <Undo />,
  redo: <Redo />,
  comment: <Comment />,
  suggest: <Suggest />,
};

/** Which tools are on and which can be used, as text, so that a change is easily seen. */
function look(editor: Editor, tools: readonly Tool[]): string {
  return tools.map((tool) => `${tool.isOn(editor)}${tool.can(editor)}`).join();
}

interface Props {
  readonly editor: Editor;
  readonly kind: Kind;
  readonly pictures: Pictures;
  /** Tools beside those that write. */
  readonly more: readonly Tool[];
}

export function Toolbar({ editor, kind, pictures, more }: Props) {
  const all = useSignal(false);
  const shown = all.value;
  const offered = useMemo(() => [...more, ...(shown ? toolsFor : ownTools)(kind)], [more, kind, shown]);
  const bar = useRef<HTMLDivElement>(null);
  const stop = useSignal(0);
  const linking = useSignal(false);
  const looks = useSignal(look(editor, offered));

  useEffect(() => {
    // Others' cursors are transactions too, and change nothing here.
    const update = ({ transaction }: { transaction: Transaction }) => {
      if (transaction.docChanged || transaction.selectionSet || transaction.storedMarksSet)
        looks.value = look(editor, offered);
    };
    editor.on("transaction", update);
    return () => {
      editor.off("transaction", update);
    };
  }, [editor, looks, offered]);

  const walk = (event: KeyboardEvent) => {
    const tools = [...(bar.current?.querySelectorAll<HTMLElement>(".tool") ?? [])];
    const to = { ArrowRight: stop.value + 1, ArrowLeft: stop.value - 1, Home: 0, End: tools.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    stop.value = (to + tools.length) % tools.length;
    tools[stop.value]?.focus();
  };

  // Read, so that this is drawn anew when a tool looks different.
  looks.value;

  return (
    <>
      <div class="toolbar" role="toolbar" aria-label="Writing" ref={bar} onKeyDown={walk}>
        {offered.map((tool, index) => (
          <button
            key={tool.name}
            type="button"
            class="tool"
            aria-label={tool.label}
            title={tool.keys === "" ? tool.label : `${tool.label} (${keyTip(tool.keys)})`}
            aria-pressed={tool.isOn(editor) ?? undefined}
            aria-disabled={!tool.can(editor)}
            tabIndex={stop.value === index ? 0 : -1}
            onFocus={() => {
              stop.value = index;
            }}
            // Clicking a tool must not take the cursor out of the text.
            onMouseDown={(event) => event.preventDefault()}
            onClick={() => {
              if (tool.run === "link") linking.value = true;
              else if (tool.run === "picture") askForPicture(editor, pictures);
              else tool.run(editor);
            }}
          >
            {FACES[tool.name]}
          </button>
        ))}
        <button
          type="button"
          class="tool"
          aria-label={shown ? "Fewer tools" : "All tools"}
          aria-expanded={shown}
          tabIndex={stop.value === offered.length ? 0 : -1}
          onFocus={() => {
            stop.value = offered.length;
          }}
          onMouseDown={(event) => event.preventDefault()}
          onClick={() => {
            all.value = !shown;
          }}
        >
          {shown ? "Fewer" : "All"}
        </button>
      </div>
      <Dialog open={linking} title="Link">
        <LinkForm
          editor={editor}
          done={() => {
            linking.value = false;
          }}
        />
      </Dialog>
    </>
  );
}
