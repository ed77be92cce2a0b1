/** Which links may lead where. Pure; the schemes are the schema's. */

import schema from "../../../rooms/schema.json";

const SCHEMES: readonly string[] = schema.marks.link.attrs.href.schemes;

/** The address as it is, if it is absolute and of an allowed scheme by the browser's own reading of it; else null. */
export function safeHref(href: unknown): string | null {
  if (typeof href !== "string" || !URL.canParse(href)) return null;
  return SCHEMES.includes(new URL(href).protocol.slice(0, -1)) ? href : null;
}

/** What a person typed as an address: `example.org` means https, `mei@example.org` means mail. Null where it can't be one. */
export function typedHref(typed: string): string | null {
  const text = typed.trim();
  if (text === "" || /\s/.test(text)) return null;
  if (/^[a-z][a-z0-9+-]*:/i.test(text)) return safeHref(text);
  if (/^[^@/]+@[^@/]+$/.test(text)) return safeHref(`mailto:${text}`);
  return safeHref(`https://${text}`);
}
