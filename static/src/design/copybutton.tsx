/** A button that puts a text on the clipboard and says so. */

import { useSignal } from "@preact/signals";

interface Props {
  readonly text: string;
  /** Where it isn't the way on. */
  readonly quiet?: boolean;
  readonly children: string;
}

export function CopyButton({ text, quiet = false, children }: Props) {
  const said = useSignal("");
  const copy = async () => {
    said.value = (await toClipboard(text))
      ? "Copied."
      : "This browser doesn't allow it. Select the text and copy it by hand.";
  };
  return (
    <>
      <button type="button" class={quiet ? "quiet" : "plain"} onClick={copy}>
        {children}
      </button>
      <span role="status" class="small">
        {said}
      </span>
    </>
  );
}

/** The Clipboard API exists only on secure origins; a studio in a rehearsal room is often plain http. */
async function toClipboard(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return byCommand(text);
  }
}

function byCommand(text: string): boolean {
  const back = document.activeElement;
  const field = document.createElement("textarea");
  field.value = text;
  field.className = "vh";
  // Inside an open dialog only what is in it can have the focus.
  (document.querySelector("dialog[open]") ?? document.body).append(field);
  field.select();
  const done = document.execCommand("copy");
  field.remove();
  if (back instanceof HTMLElement) back.focus();
  return done;
}
