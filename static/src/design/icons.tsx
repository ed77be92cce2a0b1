/** The few drawn signs of the page, in the colour of the text around them. They are decoration: the button's label says it. */

import type { ComponentChildren } from "preact";

function Icon({ name = "icon", children }: { readonly name?: string; readonly children: ComponentChildren }) {
  return (
    <svg
      class={name}
      viewBox="0 0 20 20"
      aria-hidden="true"
      fill="none"
      stroke="currentColor"
      stroke-width="1.6"
      stroke-linecap="round"
      stroke-linejoin="round"
    >
      {children}
    </svg>
  );
}

export const More = () => (
  <Icon>
    <path d="M4.5 10h.01M10 10h.01M15.5 10h.01" />
  </Icon>
);

export const Bullets = () => (
  <Icon>
    <path d="M8 5h9M8 10h9M8 15h9M3.5 5h.01M3.5 10h.01M3.5 15h.01" />
  </Icon>
);

export const Numbers = () => (
  <Icon>
    <path d="M8 5h9M8 10h9M8 15h9M2.5 3.8 3.7 3v4M2.4 13.2c.3-.8 2-.9 2 .2 0 .9-2 1.4-2 2.9h2.1" />
  </Icon>
);

export const Quote = () => (
  <Icon>
    <path d="M3.5 4v12M7.5 6H17M7.5 10H17M7.5 14h6" />
  </Icon>
);

export const Divider = () => (
  <Icon>
    <path d="M3 10h14M7 5h6M7 15h6" />
  </Icon>
);

export const BlockOfCode = () => (
  <Icon>
    <path d="M7.5 3.5c-1.8 0-1.8 1.3-1.8 2.6S5.5 10 3.8 10c1.7 0 1.9 2.6 1.9 3.9s0 2.6 1.8 2.6M12.5 3.5c1.8 0 1.8 1.3 1.8 2.6s.2 3.9 1.9 3.9c-1.7 0-1.9 2.6-1.9 3.9s0 2.6-1.8 2.6" />
  </Icon>
);

export const Picture = () => (
  <Icon>
    <path d="M3 4h14v12H3zM3 13l4-4 4 4 2-2 4 4M13 7.5h.01" />
  </Icon>
);

export const Chain = () => (
  <Icon>
    <path d="M8.5 11.5a3 3 0 0 0 4.3 0l2.9-2.9a3 3 0 0 0-4.3-4.3l-1 1M11.5 8.5a3 3 0 0 0-4.3 0l-2.9 2.9a3 3 0 0 0 4.3 4.3l1-1" />
  </Icon>
);

export const Undo = () => (
  <Icon>
    <path d="M7 4 3.5 7.5 7 11M3.5 7.5H12a4.5 4.5 0 0 1 0 9H8" />
  </Icon>
);

export const Redo = () => (
  <Icon>
    <path d="m13 4 3.5 3.5L13 11M16.5 7.5H8a4.5 4.5 0 0 0 0 9h4" />
  </Icon>
);

export const Talk = () => (
  <Icon>
    <path d="M3 4.5h9a1.5 1.5 0 0 1 1.5 1.5v3.5A1.5 1.5 0 0 1 12 11H7l-3 2.5V11H3z" />
    <path d="M15.5 8.5H17V15h-1.5v2L13 15H9.5v-1.5" />
  </Icon>
);

export const Clock = () => (
  <Icon>
    <circle cx="10" cy="10" r="6.75" />
    <path d="M10 6.25V10l2.5 1.75" />
  </Icon>
);

export const Outline = () => (
  <Icon>
    <path d="M3.5 5H13M6.5 10H17M6.5 15H14" />
  </Icon>
);

export const Comment = () => (
  <Icon>
    <path d="M4 4.5h12v8.5H9.5L6 16v-3H4zM7 7.5h6M7 10h4" />
  </Icon>
);

export const Door = () => (
  <Icon name="door">
    <path d="M4.5 18V3.5A1.5 1.5 0 0 1 6 2h8a1.5 1.5 0 0 1 1.5 1.5V18M2 18h16M12.5 10.5h.01" stroke-width="1" />
  </Icon>
);

export const Suggest = () => (
  <Icon>
    <path d="M4 16l.8-3.2 7.4-7.4 2.4 2.4-7.4 7.4zM11 6.6 13.4 9M12.5 16H17M3 5.5h4M5 3.5v4" />
  </Icon>
);

export const Previous = () => (
  <Icon>
    <path d="m4.5 12.5 5.5-5.5 5.5 5.5" />
  </Icon>
);

export const Next = () => (
  <Icon>
    <path d="m4.5 7.5 5.5 5.5 5.5-5.5" />
  </Icon>
);

export const Steps = () => (
  <Icon>
    <path d="M3 5h10M6 10h11M6 15h8" />
  </Icon>
);
