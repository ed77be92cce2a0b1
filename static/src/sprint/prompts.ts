/** Prompts to draw from: a beginning, an object, a constraint. Written for Tutti; anybody may use them. */

export const PROMPTS: readonly string[] = [
  "The door wouldn't open",
  "Somebody kept the wrong promise",
  "A letter that arrives thirty years late",
  "The last bus, and who is on it",
  "Two people who mean the same thing and can't say so",
  "Begin with a sound",
  "A kitchen at four in the morning",
  "The photograph with one person too many",
  "Write it as a list",
  "What the river brought back",
  "An apology nobody asked for",
  "The town where clocks are forbidden",
  "She had learned the song from a stranger",
  "Only questions",
  "A key without a lock",
  "The first warm day",
  "He counted the stairs again",
  "A secret that everybody knows",
  "Somebody returns something small",
  "No one says the word that matters",
  "The understudy",
  "A map drawn from memory",
  "It began as a joke",
  "The neighbour's radio",
  "Three lies and one true thing",
  "What was under the floorboards",
  "The day the sea was quiet",
  "A chorus for people who can't sing",
  "From the point of view of the house",
  "The recipe, and who it was for",
  "A telephone rings in an empty room",
  "They meet again, and only one of them knows it",
  "Everything happens in one breath",
  "The translator leaves something out",
  "A good day in a bad year",
  "Something is lent and never given back",
  "The second verse, before the first",
  "Rain on the last night",
  "The wrong coat",
  "End with the word you began with",
];

/** One of them, and not the one that is there. */
export function draw(not: string): string {
  const others = PROMPTS.filter((prompt) => prompt !== not);
  return others[Math.floor(Math.random() * others.length)] ?? "";
}
