/** What is a chord's name and what isn't, as ChordPro (chordpro.org) and players write them. Pure. */

const ROOT = "[A-H](?:#|b|♯|♭)?";
const QUALITY = "(?:maj|min|mi|ma|dim|aug|sus|add|alt|omit|no|m|M|[-+°øΔ^()/,]|#|b|♯|♭|[0-9])*";
const CHORD = new RegExp(`^(?:N\\.?C\\.?|${ROOT}${QUALITY}(?:/${ROOT})?|/${ROOT})$`);

export const CHORD_CHARS = 16;

export function isChord(text: string): boolean {
  return text.length <= CHORD_CHARS && CHORD.test(text);
}

/** The most characters that a chord is pushed away. */
const MOST = 12;

/** Along a line, asked piece by piece: by how many characters the chord before is longer than the words between it and a chord. */
export class Reach {
  /** How far the name of the last one still reaches. */
  #left = 0;

  words(text: string): void {
    this.#left = Math.max(0, this.#left - text.length);
  }

  chord(name: string): number {
    const gap = Math.min(this.#left, MOST);
    this.#left = name.length + 1;
    return gap;
  }
}

/** Whether a line is nothing but chords and bars, as it stands above a line of words. */
export function isChordLine(line: string): boolean {
  const words = line.trim().split(/\s+/);
  return (
    words[0] !== "" &&
    words.some(isChord) &&
    words.every((word) => isChord(word) || /^(?:\||\|\||-|\.|%|\(?x\d+\)?)$/.test(word))
  );
}
