/** The form that a command asks for: one dialog for all of them, so that a command needs no place of its own in the room. */

import { type ReadonlySignal, type Signal, useComputed, useSignal } from "@preact/signals";
import type { ComponentType } from "preact";
import { useEffect } from "preact/hooks";
import { Dialog } from "../design/dialog";
import type { Story } from "../story/story";
import type { Live } from "./live";

export interface FormProps {
  readonly live: Live;
  readonly story: ReadonlySignal<Story | null>;
  /** Shows another document. */
  readonly show: (document: string) => void;
  /** Closes the form. */
  readonly done: () => void;
}

export interface Form {
  readonly title: string;
  readonly Body: ComponentType<FormProps>;
}

interface Props extends Omit<FormProps, "done"> {
  /** The form that is open. */
  readonly form: Signal<Form | null>;
}

export function FormDialog({ form, ...props }: Props) {
  const open = useSignal(false);
  const title = useComputed(() => form.value?.title ?? "");
  const asked = form.value;

  useEffect(() => {
    open.value = asked !== null;
  }, [asked, open]);

  // Closed by whatever way, it is no longer asked for.
  useEffect(
    () =>
      open.subscribe((isOpen) => {
        if (!isOpen) form.value = null;
      }),
    [open, form],
  );

  return (
    <Dialog open={open} title={title.value}>
      {asked !== null && (
        <asked.Body
          {...props}
          done={() => {
            open.value = false;
          }}
        />
      )}
    </Dialog>
  );
}
