/** Makes the editor of one document. Everything visible about it is in page.css; Tiptap injects nothing. */

import { Editor } from "@tiptap/core";
import { Dropcursor, Gapcursor, Placeholder } from "@tiptap/extensions";
import { Binding, type Bound } from "./binding";
import { WholeCharacters } from "./codepoints";
import { Paste } from "./paste";
import { blocksAndMarks } from "./schema";
import { SelectionFirst } from "./selectionfirst";

interface Look extends Bound {
  readonly element: HTMLElement;
  /** What the page is called, for who can't see it. */
  readonly label: string;
  readonly editable: boolean;
}

export function makeEditor({ element, label, editable, fragment, awareness }: Look): Editor {
  let editor: Editor | undefined;
  editor = new Editor({
    element,
    editable,
    injectCSS: false,
    extensions: [
      ...blocksAndMarks,
      SelectionFirst.configure({ fragment, awareness }),
      Binding.configure({ fragment, awareness }),
      WholeCharacters,
      Paste,
      Dropcursor.configure({ class: "drop", color: false }),
      Gapcursor,
      Placeholder.configure({
        showOnlyWhenEditable: false,
        placeholder: ({ editor }) => (editor.isEditable ? "Begin here." : "Nothing is written here yet."),
      }),
    ],
    coreExtensionOptions: { tabindex: { value: "0" } },
    editorProps: {
      // Who only reads should hear headings and lists, not one big text field. The first call comes before there is an editor.
      attributes: (): Record<string, string> =>
        (editor?.isEditable ?? editable)
          ? { class: "page", role: "textbox", "aria-multiline": "true", "aria-label": label }
          : { class: "page", role: "document", "aria-label": label },
    },
  });
  return editor;
}
