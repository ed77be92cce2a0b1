/** The sentences of the tools, and the figures in them. Pure. */

const NUMBER = new Intl.NumberFormat();
/** How fast people read prose, silently. */
const READ_WORDS_PER_MINUTE = 230;

export function foundInWords(text: string, { count, current }: { readonly count: number; readonly current: number }) {
  if (text === "") return "";
  return count === 0 ? "It isn't in this page." : `${NUMBER.format(current)} of ${NUMBER.format(count)}`;
}

export function replacedInWords({ done, left }: { readonly done: number; readonly left: number }): string {
  if (left > 0) return `Somebody changed the page meanwhile: ${NUMBER.format(left)} are left. Replace all goes on.`;
  if (done === 0) return "";
  return done === 1 ? "Replaced once." : `Replaced ${NUMBER.format(done)} times. Undo takes it back.`;
}

export const wordsInWords = (words: number): string => (words === 1 ? "1 word" : `${NUMBER.format(words)} words`);

/** "about 4 min to read"; empty for what is read at a glance. */
export function readingInWords(words: number): string {
  const minutes = Math.round(words / READ_WORDS_PER_MINUTE);
  if (minutes < 1) return "";
  if (minutes < 60) return `about ${minutes} min to read`;
  return `about ${Math.floor(minutes / 60)} h ${minutes % 60} min to read`;
}

export const pagesInWords = (pages: number): string => (pages === 1 ? "1 page" : `about ${NUMBER.format(pages)} pages`);

export function goalInWords(words: number, goal: number): string {
  return words >= goal ? "You are there." : `${wordsInWords(goal - words)} to go`;
}
