/** What a scene, or a part of a song, is for who listens: they go from one to the next as from heading to heading. */

/** How deep it lies among the headings. */
export const PART_LEVEL = 2;

export const PART: Readonly<Record<string, string>> = { role: "heading", "aria-level": String(PART_LEVEL) };
