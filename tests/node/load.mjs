/**
 * The load generator: one process that plays one part of a benchmark. `tests/bench` writes the plan, as JSON, to its standard input's
 * first line, and reads events from its standard output, a JSON object a line: `{"event": "begin"}`, `{"event": "end"}`, and last
 * `{"event": "result", …}`. Parts that last as long as somebody wants end with standard input.
 *
 * It speaks to the server over bare sockets and builds its own frames: with a real client in the way, the client would be measured.
 */

import readline from "node:readline";
import { churn, fill, keep, open, rejoin } from "../bench/load/opening.mjs";
import { crash, type } from "../bench/load/typing.mjs";

async function document(plan) {
  const Y = await import("yjs");
  return (await import("../bench/load/document.mjs")).document(Y, plan);
}

const PARTS = { churn, crash, document, fill, keep, open, rejoin, type };

const report = (event, facts = {}) => process.stdout.write(`${JSON.stringify({ event, ...facts })}\n`);

const lines = readline.createInterface({ input: process.stdin });
const plan = JSON.parse(await new Promise((resolve) => lines.once("line", resolve)));
const part = PARTS[plan.part];
if (part === undefined) throw new Error(`there is no part called ${plan.part}`);
const result = await part(plan, report);
process.stdout.write(`${JSON.stringify({ event: "result", ...result })}\n`, () => process.exit(0));
