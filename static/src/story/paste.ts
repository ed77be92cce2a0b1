/**
 * What is pasted from elsewhere, as far as its looks mean something. In Google Docs and others bold is nothing but a style, and
 * under this page's content security policy a style attribute in HTML isn't applied, not even in a document that is never shown.
 *
 * So style attributes are renamed in the HTML and given back as properties once it is parsed, where the schema's rules read them.
 * Event handlers go the same way and don't come back. None of this keeps anything out: what isn't in the schema never gets in,
 * and what this misses the policy blocks.
 */

import { Extension } from "@tiptap/core";
import { DOMParser, type ParseOptions, type Slice } from "@tiptap/pm/model";
import { Plugin } from "@tiptap/pm/state";
import { clean } from "./clean";

export const Paste = Extension.create({
  name: "paste from elsewhere",
  addProseMirrorPlugins() {
    const { schema } = this.editor;
    return [
      new Plugin({
        props: {
          transformPastedHTML: setAside,
          clipboardParser: new StyledParser(schema, DOMParser.fromSchema(schema).rules),
        },
      }),
    ];
  },
});

/** The HTML with its style attributes renamed, without style sheets, event handlers and comments. */
export function setAside(html: string): string {
  return (
    html
      .replace(/<style\b[^>]*>[\s\S]*?<\/style\s*>/gi, "")
      // A document that is never shown asks for its base all the same.
      .replace(/<base\b[^>]*>/gi, "")
      // Word's conditions are comments to one browser and nonsense to another.
      .replace(/<!--[\s\S]*?-->|<!\[[^>]*>|<\?xml[^>]*>/g, "")
      .replace(/<[a-z][^>]*>/gi, (tag) =>
        tag.replace(/\sstyle\s*=/i, " data-style=").replace(/\son[a-z]+\s*=/gi, " data-on="),
      )
  );
}

class StyledParser extends DOMParser {
  override parseSlice(dom: Node, options?: ParseOptions): Slice {
    // What was copied here is in order.
    if ((dom instanceof Element || dom instanceof DocumentFragment) && dom.querySelector("[data-pm-slice]") === null) {
      for (const element of dom.querySelectorAll<HTMLElement>("[data-style]")) {
        element.style.cssText = element.dataset.style ?? "";
      }
      clean(dom);
    }
    return super.parseSlice(dom, options);
  }
}
