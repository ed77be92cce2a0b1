/** A window over the page: the browser's own `<dialog>`, which keeps the focus, closes on Escape and gives the focus back. */

import type { Signal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";

interface Props {
  readonly open: Signal<boolean>;
  readonly title: string;
  readonly children: ComponentChildren;
}

export function Dialog({ open, title, children }: Props) {
  const element = useRef<HTMLDialogElement>(null);
  const heading = useId();
  const shown = open.value;

  useEffect(() => {
    const dialog = element.current;
    if (dialog === null) return;
    if (shown && !dialog.open) dialog.showModal();
    if (!shown && dialog.open) dialog.close();
  }, [shown]);

  const close = () => {
    open.value = false;
  };

  return (
    // A click that reaches the dialog itself came from the backdrop. Escape does the same for the keyboard.
    // biome-ignore lint/a11y/useKeyWithClickEvents: the browser closes a dialog on Escape
    <dialog
      ref={element}
      aria-labelledby={heading}
      onClose={close}
      onClick={({ target, currentTarget }) => {
        if (target === currentTarget) close();
      }}
    >
      <div class="dialog">
        <h2 id={heading}>{title}</h2>
        {/* Before the way out, so that the focus begins in it. */}
        <div class="content">{shown && children}</div>
        <button type="button" class="quiet close" onClick={close}>
          Close
        </button>
      </div>
    </dialog>
  );
}
