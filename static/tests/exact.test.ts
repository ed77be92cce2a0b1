// @vitest-environment happy-dom

/** Which of two equal letters side by side an edit writes or deletes, by who wrote them. */

import type { Mark } from "@tiptap/pm/model";
import { afterEach, expect, test } from "vitest";
import * as Y from "yjs";
import { exchange, type Side, textOf, twoWith } from "./two";

afterEach(() => document.body.replaceChildren());

const bold = ({ editor }: Side): Mark => editor.schema.mark("bold");

/** The letters of the only line, each with who wrote it. */
function authors({ fragment }: Side): [string, number][] {
  const [line] = fragment.toArray() as [Y.XmlElement];
  const [text] = line.toArray() as [Y.XmlText];
  const found: [string, number][] = [];
  for (let item = text._start; item !== null; item = item.right)
    if (!item.deleted && item.content instanceof Y.ContentString)
      for (const letter of item.content.str) found.push([letter, item.id.client]);
  return found;
}

test("a bold letter that is typed before an equal one leaves that one to who wrote it", () => {
  const [a, b] = twoWith("was here");
  b.editor.view.dispatch(b.editor.state.tr.insert(4, b.editor.schema.text("it ", [bold(b)])));
  b.editor.view.dispatch(b.editor.state.tr.insert(7, b.editor.schema.text(" ", [bold(b)])));
  exchange(a, b);
  expect(a.editor.getHTML()).toBe("<p>was<strong>it  </strong> here</p>");
  expect(
    authors(a)
      .map(([, client]) => (client === b.doc.clientID ? "b" : "a"))
      .join(""),
  ).toBe("aaabbbbaaaaa");
});

test("and of two equal letters the one goes that was deleted", () => {
  const [a, b] = twoWith("was here");
  b.editor.view.dispatch(b.editor.state.tr.insert(4, b.editor.schema.text("s it", [bold(b)])));
  exchange(a, b);
  b.editor.view.dispatch(b.editor.state.tr.delete(3, 4));
  exchange(a, b);
  expect(textOf(a)).toBe("was it here");
  expect(authors(a)[2]).toEqual(["s", b.doc.clientID]);
});

test("a character that is two of JavaScript's stays whole", () => {
  const [a, b] = twoWith("🥁🥁");
  b.editor.view.dispatch(b.editor.state.tr.insert(3, b.editor.schema.text("🥂🥁", [bold(b)])));
  exchange(a, b);
  expect(a.editor.getHTML()).toBe("<p>🥁<strong>🥂🥁</strong>🥁</p>");
});
