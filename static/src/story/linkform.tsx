/** Sets, changes or removes the link at the selection. */

import { useSignal } from "@preact/signals";
import type { Editor } from "@tiptap/core";
import { safeHref, typedHref } from "./href";

interface Props {
  readonly editor: Editor;
  readonly done: () => void;
}

export function LinkForm({ editor, done }: Props) {
  const before = safeHref(editor.getAttributes("link").href);
  const address = useSignal(before ?? "");
  const mistake = useSignal("");

  const set = (event: Event) => {
    event.preventDefault();
    const href = typedHref(address.value);
    if (href === null) {
      mistake.value = "That is not an address a link can lead to: it begins with https://, http:// or mailto:.";
      return;
    }
    done();
    const chain = editor.chain().focus().extendMarkRange("link");
    if (editor.state.selection.empty && before === null) {
      chain
        .insertContent({ type: "text", text: address.value.trim(), marks: [{ type: "link", attrs: { href } }] })
        .run();
    } else {
      chain.setMark("link", { href }).run();
    }
  };

  const remove = () => {
    done();
    editor.chain().focus().extendMarkRange("link").unsetMark("link").run();
  };

  return (
    <form onSubmit={set}>
      <label for="address">Where it leads</label>
      <input
        id="address"
        inputMode="url"
        autocomplete="off"
        spellcheck={false}
        placeholder="https://"
        value={address}
        aria-describedby="address-mistake"
        onInput={({ currentTarget }) => {
          address.value = currentTarget.value;
        }}
      />
      <p id="address-mistake" class="small" role="alert">
        {mistake}
      </p>
      <div class="buttons">
        <button type="submit" class="plain">
          Set the link
        </button>
        {before !== null && (
          <>
            <button type="button" class="quiet" onClick={remove}>
              Remove it
            </button>
            <a class="quiet button" href={before} target="_blank" rel="noopener noreferrer">
              Open it
            </a>
          </>
        )}
      </div>
    </form>
  );
}
