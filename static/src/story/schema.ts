/**
 * What a page may hold: the extensions that make up the schema of `rooms/schema.json`, which the server's exporters read too.
 * A test holds the two against each other.
 *
 * No node can be selected as a whole: y-prosemirror can't restore such a selection after somebody else has deleted the node.
 */

import { type Extensions, Node } from "@tiptap/core";
import { Blockquote } from "@tiptap/extension-blockquote";
import { Bold } from "@tiptap/extension-bold";
import { Code } from "@tiptap/extension-code";
import { CodeBlock } from "@tiptap/extension-code-block";
import { Document } from "@tiptap/extension-document";
import { HardBreak } from "@tiptap/extension-hard-break";
import { Heading } from "@tiptap/extension-heading";
import { HorizontalRule } from "@tiptap/extension-horizontal-rule";
import { Italic } from "@tiptap/extension-italic";
import { BulletList, ListItem, ListKeymap, OrderedList } from "@tiptap/extension-list";
import { Paragraph } from "@tiptap/extension-paragraph";
import { Strike } from "@tiptap/extension-strike";
import { Text } from "@tiptap/extension-text";
import { Underline } from "@tiptap/extension-underline";
import { Selection } from "@tiptap/pm/state";
import schema from "../../../rooms/schema.json";
import { Image } from "../images/image";
import {
  Action,
  Character,
  Dialogue,
  PageBreak,
  Parenthetical,
  SceneHeading,
  Synopsis,
  TitleLine,
  Transition,
} from "../script/elements";
import { Chord, Lyric, Section } from "../song/lines";
import { Link } from "./link";
import { Comment, Deletion, Insertion, Note } from "./marks";

/** A language comes from the document, so it doesn't become a class. */
const PlainCodeBlock = CodeBlock.extend({
  marks: schema.nodes.codeBlock.marks,
  renderHTML: () => ["pre", ["code", 0]],
});

/** Comments and suggestions may lie on code too. */
const PlainCode = Code.extend({ excludes: schema.marks.code.excludes });

/**
 * Any line, also as the first one: when two people change one item at once, its first line may be something else, and a binding
 * deletes what the schema doesn't allow, with all that is in it.
 */
const AnyItem = ListItem.extend({ content: schema.nodes.listItem.content });

/** Tiptap's own command may select the block that follows, and warns where that is a list. */
const Divider = HorizontalRule.extend({
  addCommands() {
    return {
      setHorizontalRule:
        () =>
        ({ tr, dispatch }) => {
          if (dispatch === undefined) return true;
          tr.replaceSelectionWith(this.type.create());
          let end = 0;
          tr.mapping.maps.at(-1)?.forEach((_from, _to, _newFrom, newTo) => {
            end = newTo;
          });
          if (Selection.findFrom(tr.doc.resolve(end), 1, true) === null) {
            const paragraph = this.type.schema.nodes.paragraph?.create();
            if (paragraph !== undefined) tr.insert(end, paragraph);
          }
          tr.setSelection(Selection.near(tr.doc.resolve(end), 1)).scrollIntoView();
          return true;
        },
    };
  },
});

const extensions: Extensions = [
  Document,
  Paragraph,
  Heading.configure({ levels: schema.nodes.heading.attrs.level.values as (1 | 2 | 3)[] }),
  Blockquote,
  BulletList,
  OrderedList,
  AnyItem,
  ListKeymap,
  PlainCodeBlock,
  Divider,
  Image,
  Section,
  Lyric,
  SceneHeading,
  Action,
  Character,
  Parenthetical,
  Dialogue,
  Transition,
  TitleLine,
  Synopsis,
  PageBreak,
  HardBreak,
  Chord,
  Text,
  Bold,
  Italic,
  Strike,
  Underline,
  PlainCode,
  Link,
  Note,
  Comment,
  Insertion,
  Deletion,
];

export const blocksAndMarks: Extensions = extensions.map((extension) =>
  extension instanceof Node ? extension.extend({ selectable: false }) : extension,
);
