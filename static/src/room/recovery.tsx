/** Shown once to whoever opened the room: the link that lets them back in as its lead, from any browser. */

import { useSignal, useSignalEffect } from "@preact/signals";
import { CopyButton } from "../design/copybutton";
import { Dialog } from "../design/dialog";
import { membershipOf, remember } from "./membership";

export function Recovery({ room }: { readonly room: string }) {
  const link = useSignal(membershipOf(room)?.recovery ?? "");
  const open = useSignal(link.value !== "");

  // Once it has been closed, this browser knows it no more.
  useSignalEffect(() => {
    if (!open.value && link.peek() !== "") remember({ room, recovery: "" });
  });

  return (
    <Dialog open={open} title="Keep this link">
      <p>
        It lets you back in as the lead of this room, from any browser, should this one forget you. Whoever has it is
        you here: keep it to yourself. It is shown only now.
      </p>
      <div class="buttons">
        <input
          class="link"
          readOnly
          aria-label="Your way back in"
          value={link}
          onFocus={({ currentTarget }) => currentTarget.select()}
        />
        <CopyButton text={link.value}>Copy it</CopyButton>
      </div>
    </Dialog>
  );
}
