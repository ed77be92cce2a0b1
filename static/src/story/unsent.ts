/**
 * The words of this tab that no one else has: what its own CRDT client wrote from a clock on. Plain functions over a Y.Doc.
 *
 * Used when the pen was taken before the last words went out: they are shown as text, so that a person can keep them.
 */

import * as Y from "yjs";

/** How far this tab's own writing goes. Everything below a clock that was once committed is committed. */
export function ownClock(doc: Y.Doc): number {
  return Y.getState(doc.store, doc.clientID);
}

/** The text this tab, or another client, wrote from clock `since` on and didn't delete again, in the order of writing, a line per block. */
export function ownText(doc: Y.Doc, since: number, client = doc.clientID): string {
  const others = Y.decodeStateVector(Y.encodeStateVector(doc));
  others.set(client, since);
  const { structs, ds } = Y.decodeUpdate(Y.encodeStateAsUpdate(doc, Y.encodeStateVector(others)));
  let text = "";
  for (const struct of structs) {
    if (!(struct instanceof Y.Item)) continue;
    if (struct.content instanceof Y.ContentString) {
      // Undo keeps what was deleted, so the delete set has to be asked. It never cuts through a pair of surrogates, for the
      // editor doesn't.
      text += [...units(struct.content.str)]
        .filter(([offset]) => !Y.isDeleted(ds, Y.createID(struct.id.client, struct.id.clock + offset)))
        .map(([, unit]) => unit)
        .join("");
    } else if (struct.content instanceof Y.ContentType && struct.content.type instanceof Y.XmlElement && text !== "") {
      text += "\n";
    }
  }
  return text.replace(/\n{2,}/g, "\n").trim();
}

/** UTF-16 code units with their offsets: what Yjs counts in. */
function* units(text: string): Generator<[number, string]> {
  for (let offset = 0; offset < text.length; offset++) yield [offset, text.charAt(offset)];
}
