/** Keys as ProseMirror writes them (`Mod-Shift-h`): how they are shown, and whether an event is them. */

const APPLE = /Mac|iPhone|iPad/.test(navigator.userAgent);

const NAMES: Readonly<Record<string, string>> = APPLE
  ? { Mod: "⌘", Shift: "⇧", Alt: "⌥" }
  : { Mod: "Ctrl", Shift: "Shift", Alt: "Alt" };

export function keyTip(keys: string): string {
  const shown = keys.split("-").map((key) => NAMES[key] ?? (key.length === 1 ? key.toUpperCase() : key));
  return shown.join(APPLE ? "" : "+");
}

export function matches(event: KeyboardEvent, keys: string): boolean {
  const parts = keys.split("-");
  const key = parts.at(-1) ?? "";
  return (
    (APPLE ? event.metaKey : event.ctrlKey) === parts.includes("Mod") &&
    event.shiftKey === parts.includes("Shift") &&
    event.altKey === parts.includes("Alt") &&
    // With Alt some keyboards make other letters.
    (event.key.toLowerCase() === key.toLowerCase() || (event.altKey && event.code === `Key${key.toUpperCase()}`))
  );
}
