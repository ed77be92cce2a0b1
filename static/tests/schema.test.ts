/** The page's schema and the file that the server reads say the same, both ways. */

import { getSchema } from "@tiptap/core";
import type { AttributeSpec, MarkSpec, NodeSpec } from "@tiptap/pm/model";
import { expect, test } from "vitest";
import file from "../../rooms/schema.json";
import { blocksAndMarks } from "../src/story/schema";

const schema = getSchema(blocksAndMarks);

interface FileType {
  readonly attrs?: Record<string, { readonly default: unknown }>;
  [field: string]: unknown;
}

/** A spec's fields that the file may state, as the file states them. */
function described(spec: NodeSpec | MarkSpec, fields: readonly string[]): FileType {
  const attrs: Record<string, AttributeSpec> = spec.attrs ?? {};
  return {
    ...Object.fromEntries(fields.filter((field) => spec[field] !== undefined).map((field) => [field, spec[field]])),
    ...(Object.keys(attrs).length > 0
      ? {
          attrs: Object.fromEntries(
            Object.entries(attrs).map(([name, { default: value }]) => [name, { default: value }]),
          ),
        }
      : {}),
  };
}

/** What the file adds for exporters beside name, content and defaults. */
function plain({ attrs, ...fields }: FileType): FileType {
  if (attrs === undefined) return fields;
  return {
    ...fields,
    attrs: Object.fromEntries(Object.entries(attrs).map(([name, { default: value }]) => [name, { default: value }])),
  };
}

function plainEach(types: Record<string, FileType>): Record<string, FileType> {
  return Object.fromEntries(Object.entries(types).map(([name, type]) => [name, plain(type)]));
}

test("nodes", () => {
  const nodes = Object.fromEntries(
    Object.entries(schema.nodes).map(([name, { spec }]) => [name, described(spec, ["group", "content", "marks"])]),
  );
  // Tiptap's lists are in a group of their own beside.
  for (const node of Object.values(nodes)) if (node.group === "block list") node.group = "block";
  expect(nodes).toEqual(plainEach(file.nodes));
});

test("marks", () => {
  const marks = Object.fromEntries(
    Object.entries(schema.marks).map(([name, { spec }]) => [name, described(spec, ["excludes"])]),
  );
  expect(marks).toEqual(plainEach(file.marks));
});

test("no node can be selected as a whole", () => {
  expect(
    Object.values(schema.nodes)
      .filter(({ spec }) => spec.selectable !== false)
      .map(({ name }) => name),
  ).toEqual([]);
});
