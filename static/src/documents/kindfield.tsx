/** What a page is written as: one choice of four. */

import type { DocumentInfo } from "../room/model";
import { KINDS } from "./kinds";

export function KindField({ kind }: { readonly kind: DocumentInfo["kind"] }) {
  return (
    <fieldset class="kinds">
      <legend>What it is</legend>
      {KINDS.map((known) => (
        <label key={known.kind}>
          <input type="radio" name="kind" value={known.kind} defaultChecked={known.kind === kind} />
          {known.label}
        </label>
      ))}
    </fieldset>
  );
}
