/** The order of the page, for what is deleted, too: there is no other way to ask it than to count. */

import * as Y from "yjs";

type Type = Pick<Y.Text, "_item" | "_start">;

export function inOrder<T extends Type>(types: readonly T[]): T[] {
  if (types.length < 2) return [...types];
  const counted = new Map<Type, Map<Y.Item, number>>();
  const place = (item: Y.Item, parent: Type): number => {
    let places = counted.get(parent);
    if (places === undefined) {
      places = new Map();
      let n = 0;
      for (let one = parent._start; one !== null; one = one.right) places.set(one, n++);
      counted.set(parent, places);
    }
    return places.get(item) ?? 0;
  };
  const path = (type: T): number[] => {
    const places: number[] = [];
    for (let item = type._item; item !== null; ) {
      const { parent } = item;
      if (!(parent instanceof Y.AbstractType)) break;
      places.unshift(place(item, parent));
      item = parent._item;
    }
    return places;
  };
  return types
    .map((type) => ({ type, path: path(type) }))
    .sort((a, b) => compare(a.path, b.path))
    .map(({ type }) => type);
}

function compare(a: readonly number[], b: readonly number[]): number {
  for (let n = 0; n < Math.min(a.length, b.length); n++) {
    const difference = (a[n] ?? 0) - (b[n] ?? 0);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}
