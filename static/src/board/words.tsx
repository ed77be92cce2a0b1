/** What somebody wrote, on the board or in a comment, with its links and whom it calls. */

import type { Message } from "../room/model";
import { parts } from "./parts";

export function Words({ of }: { readonly of: Pick<Message, "text" | "mentions"> }) {
  return (
    <>
      {parts(of).map((part, index) => {
        if (part.kind === "link") {
          return (
            <a key={index} href={part.href} target="_blank" rel="noopener noreferrer">
              {part.text}
            </a>
          );
        }
        return part.kind === "mention" ? <b key={index}>{part.text}</b> : part.text;
      })}
    </>
  );
}
