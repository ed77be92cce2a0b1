/** Hands a file to whoever is at this browser, as a download. */

const KEPT_MS = 60_000;

export function hand(file: Blob, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(file);
  link.download = name;
  link.click();
  // Browsers read it after the click, some of them much later.
  setTimeout(() => URL.revokeObjectURL(link.href), KEPT_MS);
}
