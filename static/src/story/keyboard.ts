/**
 * Safari lays a phone's keyboard over the page and says so only by the visual viewport; others make the page shorter by themselves
 * (`interactive-widget` in index.html). So the room is told how much of it is seen, and the tools stay above the keyboard.
 */

/** Less than this is a bar of the browser that comes and goes, which `dvh` knows. */
const KEYBOARD_PX = 120;

export function stayAboveKeyboard(): () => void {
  const seen = globalThis.visualViewport;
  if (!seen) return () => {};
  const { style } = document.documentElement;
  const fit = () => {
    const isCovered = seen.scale === 1 && innerHeight - seen.height > KEYBOARD_PX;
    if (isCovered) style.setProperty("--seen", `${seen.height}px`);
    else style.removeProperty("--seen");
    if (isCovered) scrollTo(0, 0);
  };
  seen.addEventListener("resize", fit);
  return () => {
    seen.removeEventListener("resize", fit);
    style.removeProperty("--seen");
  };
}
