"""Whether a page can be used by everybody, as far as a program can tell: axe-core's rules for WCAG 2.2 AA and good practice.

axe comes from the page's own packages and is put into the browser from here; the page never ships it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from playwright.async_api import Page

AXE = Path(__file__).parents[2] / "static/node_modules/axe-core/axe.min.js"
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")

# What moves or fades is brought to its end first: a colour on its way is nobody's choice.
RUN = """async () => {
  await document.fonts.ready;
  for (const animation of document.getAnimations()) {
    if (animation.effect?.getComputedTiming().endTime !== Infinity) animation.finish();
  }
  const { violations } = await axe.run(document, {
    runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    resultTypes: ["violations"],
  });
  return violations.flatMap(({ id, help, nodes }) => nodes.map(({ html, any }) =>
    `${id}: ${help}\\n  ${html.slice(0, 300)}${any.map(({ message }) => `\\n  ${message}`).join("")}`));
}"""


async def faults(page: Page) -> list[str]:
    """What axe finds wrong with the page as it is now, in light and in dark; a paragraph each."""
    if not await page.evaluate("typeof axe === 'object'"):
        await page.evaluate(AXE.read_text())
    found = []
    for scheme in SCHEMES:
        await page.emulate_media(color_scheme=scheme)
        found += [f"({scheme}) {fault}" for fault in await page.evaluate(RUN)]
    await page.emulate_media(color_scheme=None)
    return found
