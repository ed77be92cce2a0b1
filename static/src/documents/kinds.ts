/** What a page can be written as, in words. */

import type { DocumentInfo } from "../room/model";

export const KINDS: readonly { readonly kind: DocumentInfo["kind"]; readonly label: string }[] = [
  { kind: "story", label: "Story" },
  { kind: "song", label: "Song" },
  { kind: "script", label: "Script" },
  { kind: "notes", label: "Notes" },
];

export const kindLabel = (kind: DocumentInfo["kind"]): string =>
  KINDS.find((known) => known.kind === kind)?.label ?? "";
