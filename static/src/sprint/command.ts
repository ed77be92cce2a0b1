/** "Write together for a while…" in the menu of the room. */

import { sentenceOf } from "../room/api";
import type { Command } from "../room/commands";

export const SPRINT: Command = {
  name: "sprint",
  label: () => "Write together for a while…",
  keys: "",
  can: ({ live }) => live.write.value && live.sprints.sprint.value === null,
  run: ({ ask, mistake }) => {
    import("./begin").then(
      ({ Begin }) => ask({ title: "Write together for a while", Body: Begin }),
      (error: unknown) => {
        mistake.value = sentenceOf(error);
      },
    );
  },
};
