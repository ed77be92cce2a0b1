/**
 * Order in what is pasted from word processors and web pages, before the schema reads it: lists that are paragraphs, tables, lists in
 * the wrong place, empty lines that were only distance. It works on a document that is never shown, so nothing in it runs or is
 * fetched; what the schema doesn't know is left out by the schema.
 */

const LEFT_OUT =
  "script, style, meta, link, title, template, noscript, iframe, object, embed, svg, math, head, xml, button, select, " +
  // Pictures elsewhere on the web; what Word writes at comments and at the end of a paragraph.
  "img:not([data-image]), .MsoCommentReference, .msocomanchor, .EOP";
const BLOCKS = "p, h1, h2, h3, h4, h5, h6, ul, ol, pre, blockquote, table, div, hr";

export function clean(root: Element | DocumentFragment): void {
  for (const element of root.querySelectorAll(LEFT_OUT)) element.remove();
  for (const element of root.querySelectorAll<HTMLElement>("[data-style]")) if (isHidden(element)) element.remove();
  for (const space of root.querySelectorAll(".Apple-converted-space")) space.replaceWith(" ");
  const isFromWord = root.querySelector("[class^=Mso], [data-style*=mso-]") !== null;
  listsOfWord(root);
  for (const table of root.querySelectorAll("table")) if (root.contains(table)) flatten(table);
  for (const list of root.querySelectorAll("ul > ul, ul > ol, ol > ul, ol > ol")) intoItem(list);
  for (const heading of root.querySelectorAll("h4, h5, h6")) rename(heading, "h3");
  for (const title of root.querySelectorAll("p.MsoTitle")) rename(title, "h1");
  // A heading is bold, and a link is underlined, by being one.
  for (const element of root.querySelectorAll("h1 b, h1 strong, h2 b, h2 strong, h3 b, h3 strong, a u"))
    unwrap(element);
  for (const element of root.querySelectorAll<HTMLElement>("h1 *, h2 *, h3 *")) element.style.fontWeight = "";
  for (const element of root.querySelectorAll<HTMLElement>("a, a *")) element.style.textDecoration = "";
  for (const line of root.querySelectorAll("br")) if (isDistance(line)) line.remove();
  if (isFromWord) {
    for (const line of root.querySelectorAll("p"))
      if (isEmpty(line) && line.parentElement?.localName !== "li") line.remove();
  }
}

/** What a page doesn't show, and marks of changes and comments that Word writes between the words. */
function isHidden({ dataset: { style = "" } }: HTMLElement): boolean {
  return /display\s*:\s*none|mso-hide\s*:\s*all|mso-element\s*:\s*comment|mso-special-character\s*:\s*comment/i.test(
    style,
  );
}

function isEmpty(element: Element): boolean {
  return (
    (element.textContent ?? "").replaceAll("\u00a0", " ").trim() === "" && element.querySelector("img, hr") === null
  );
}

/** A line break that stands between blocks, or was put there by the browser that copied. */
function isDistance(line: Element): boolean {
  if (line.className === "Apple-interchange-newline") return true;
  const beside = [line.previousElementSibling, line.nextElementSibling];
  return (
    beside.some((element) => element?.matches(BLOCKS)) &&
    (line.parentElement?.querySelector(`:scope > :is(${BLOCKS})`) ?? null) !== null
  );
}

const MSO_LIST = /mso-list\s*:\s*(?<list>l\d+)\s+level(?<level>\d)/i;

/** Word writes each item as a paragraph whose style says the list and the level, with the sign in front as text. */
function listsOfWord(root: Element | DocumentFragment): void {
  let open: { readonly list: Element; readonly level: number }[] = [];
  let last: Element | null = null;
  for (const item of root.querySelectorAll<HTMLElement>(
    "p[data-style*=mso-list], h1[data-style*=mso-list], h2[data-style*=mso-list]",
  )) {
    const level = Number(MSO_LIST.exec(item.dataset.style ?? "")?.groups?.level ?? 0);
    if (level === 0) continue;
    const sign = takeSign(item);
    if (item.previousElementSibling !== last) open = [];
    open = open.filter((one) => one.level <= level);
    let inner = open.at(-1);
    if (inner === undefined || inner.level < level) {
      const list = item.ownerDocument.createElement(/^\(?(?:\d+|[a-z]{1,4})[.)]/i.test(sign) ? "ol" : "ul");
      const start = Number.parseInt(sign, 10);
      if (list.localName === "ol" && start > 1) list.setAttribute("start", String(start));
      if (inner === undefined) item.before(list);
      else (inner.list.lastElementChild ?? inner.list).append(list);
      inner = { list, level };
      open.push(inner);
    }
    const entry = item.ownerDocument.createElement("li");
    const line = item.ownerDocument.createElement("p");
    line.append(...item.childNodes);
    entry.append(line);
    inner.list.append(entry);
    item.remove();
    last = open[0]?.list ?? null;
  }
}

/** The sign of a list item, taken out of it. */
function takeSign(item: Element): string {
  const ignored = item.querySelector("[data-style*='mso-list:Ignore'], [data-style*='mso-list: Ignore']");
  const sign = ignored?.textContent?.trim() ?? "";
  ignored?.remove();
  return sign;
}

/** A row is a line, its cells parted by a bar; cells that hold more than a line follow each other. One column is no table. */
function flatten(table: HTMLTableElement): void {
  const rows = [...table.querySelectorAll("tr")].filter((row) => row.closest("table") === table);
  const lines = rows.flatMap((row) => {
    const cells = [...row.children].filter((cell) => !isEmpty(cell));
    if (cells.length < 2 || cells.some((cell) => cell.querySelectorAll(BLOCKS).length > 1))
      return cells.flatMap(asBlocks);
    const line = table.ownerDocument.createElement("p");
    cells.forEach((cell, at) => {
      if (at > 0) line.append(" | ");
      const inner = cell.querySelector(BLOCKS) ?? cell;
      line.append(...inner.childNodes);
    });
    return [line];
  });
  table.replaceWith(...lines);
}

function asBlocks(cell: Element): Node[] {
  if (cell.querySelector(`:scope > :is(${BLOCKS})`) !== null) return [...cell.childNodes];
  const line = cell.ownerDocument.createElement("p");
  line.append(...cell.childNodes);
  return [line];
}

/** A list right in a list belongs to the item before it. */
function intoItem(list: Element): void {
  const item = list.previousElementSibling;
  if (item?.localName === "li") item.append(list);
}

function rename(element: Element, name: string): void {
  const renamed = element.ownerDocument.createElement(name);
  renamed.append(...element.childNodes);
  element.replaceWith(renamed);
}

function unwrap(element: Element): void {
  element.replaceWith(...element.childNodes);
}
