/** A part of the page that is brought when it is first shown, so that the first load doesn't wait for it. */

import { signal } from "@preact/signals";
import type { ComponentType } from "preact";
import { useEffect } from "preact/hooks";

export function lazy<Props extends object>(
  load: () => Promise<{ readonly default: ComponentType<Props> }>,
): ComponentType<Props> {
  const part = signal<ComponentType<Props> | null>(null);
  const failed = signal(false);

  return function Lazy(props: Props) {
    useEffect(() => {
      if (part.value !== null) return;
      load().then(
        (module) => {
          part.value = module.default;
        },
        () => {
          failed.value = true;
        },
      );
    }, []);
    const Part = part.value;
    if (Part !== null) return <Part {...props} />;
    return (
      <p class="bringing small" role="status">
        {failed.value ? "This part of the page couldn't be loaded. Reload the page to see it." : "On its way…"}
      </p>
    );
  };
}
