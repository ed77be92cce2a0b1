/** Makes the editor of one document. Everything visible about it is in page.css; Tiptap injects nothing. */

import { Editor, type Extensions } from "@tiptap/core";
import { Dropcursor, Gapcursor, Placeholder } from "@tiptap/extensions";
import { PuttingPictures } from "../images/putting";
import type { Pictures } from "../images/store";
import { ScriptKeys } from "../script/keys";
import { Suggest } from "../script/suggest";
import { ScriptSigns } from "../script/typed";
import { ChordField } from "../song/chordfield";
import { ChordRoom } from "../song/room";
import { SongTyping } from "../song/typed";
import { AsText } from "./astext";
import { Binding, type Bound } from "./binding";
import { WholeCharacters } from "./codepoints";
import type { Kind, Kinded } from "./kind";
import { ListSigns } from "./listsigns";
import { OnlyChanges } from "./onlychanges";
import { Paste } from "./paste";
import { PasteText } from "./pastetext";
import { blocksAndMarks } from "./schema";
import { SelectionFirst } from "./selectionfirst";

interface Look extends Bound, Kinded {
  readonly pictures: Pictures;
  readonly element: HTMLElement;
  /** What the page is called, for who can't see it. */
  readonly label: string;
  readonly editable: boolean;
  /** What else the editor should know. */
  readonly more?: Extensions;
}

const BEGIN: Readonly<Record<Kind, string>> = {
  story: "Begin here.",
  notes: "Begin here.",
  song: "Begin here: [Verse 1] names a part, [Am] sets a chord.",
  script: "Begin here: INT. or EXT. opens a scene, Tab goes on to who speaks.",
};

export function makeEditor({ element, label, editable, fragment, awareness, kind, pictures, more = [] }: Look): Editor {
  let editor: Editor | undefined;
  editor = new Editor({
    element,
    editable,
    injectCSS: false,
    extensions: [
      ...blocksAndMarks,
      SelectionFirst.configure({ fragment }),
      Binding.configure({ fragment, awareness }),
      OnlyChanges,
      WholeCharacters,
      ListSigns,
      Suggest,
      ScriptKeys.configure({ kind }),
      ScriptSigns.configure({ kind }),
      SongTyping.configure({ kind }),
      ChordField,
      ChordRoom,
      AsText,
      PuttingPictures.configure({ pictures }),
      Paste,
      PasteText,
      ...more,
      Dropcursor.configure({ class: "drop", color: false }),
      Gapcursor,
      Placeholder.configure({
        showOnlyWhenEditable: false,
        placeholder: ({ editor }) => (editor.isEditable ? BEGIN[kind()] : "Nothing is written here yet."),
      }),
    ],
    coreExtensionOptions: { tabindex: { value: "0" } },
    editorProps: {
      // Who only reads should hear headings and lists, not one big text field. The first call comes before there is an editor.
      attributes: (): Record<string, string> =>
        (editor?.isEditable ?? editable)
          ? { class: "page", role: "textbox", "aria-multiline": "true", "aria-label": label, "data-kind": kind() }
          : { class: "page", role: "document", "aria-label": label, "data-kind": kind() },
    },
  });
  return editor;
}
