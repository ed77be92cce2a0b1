/** What stands beside the page, one at a time: a line for each. Whatever is rarely needed loads itself when it is shown. */

import type { ReadonlySignal, Signal } from "@preact/signals";
import type { ComponentChild, ComponentType } from "preact";
import { Board } from "../board/board";
import { Clock, Comment, Steps, Suggest, Talk } from "../design/icons";
import { lazy } from "../design/lazy";
import type { Story } from "../story/story";
import type { Live } from "./live";

export interface PanelProps {
  readonly live: Live;
  /** The document that is shown, once it is open; `story.editor` holds its editor, once there is one. */
  readonly story: ReadonlySignal<Story | null>;
  /** Shows another document. */
  readonly show: (document: string) => void;
  /** What is shown in the page's place; null for the page. */
  readonly instead: Signal<ComponentChild>;
}

export interface Panel {
  readonly name: string;
  readonly label: string;
  /** Stands for the label while another panel is shown. */
  readonly Icon: ComponentType;
  /** Whether this member may see it. */
  can(live: Live): boolean;
  /** Something there is new, in the words that take the label's place; null while nothing is. */
  fresh?(live: Live): string | null;
  readonly Body: ComponentType<PanelProps>;
}

export const PANELS: readonly Panel[] = [
  { name: "board", label: "Board", Icon: Talk, can: () => true, fresh: ({ talk }) => talk.fresh.value, Body: Board },
  {
    name: "comments",
    label: "Comments",
    Icon: Comment,
    can: () => true,
    fresh: ({ calls }) => calls.fresh.value,
    Body: lazy(() => import("../comments/panel")),
  },
  {
    name: "suggestions",
    label: "Suggestions",
    Icon: Suggest,
    can: () => true,
    Body: lazy(() => import("../suggestions/panel")),
  },
  {
    name: "history",
    label: "History",
    Icon: Clock,
    can: ({ write }) => write.value,
    Body: lazy(() => import("../history/panel")),
  },
  {
    name: "outline",
    label: "Outline",
    Icon: Steps,
    can: () => true,
    Body: lazy(() => import("../tools/outlinepanel")),
  },
];
