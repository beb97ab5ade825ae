/** The lexicon of things, ready to look up by singular or plural phrase. */
import { pluralOf } from "../grammar.js";
import { type ObjectClass, objectClasses } from "./objects.js";

export interface Noun {
  readonly singular: string;
  readonly plural: string;
  readonly objectClass: ObjectClass;
  /** Synonyms and kinds of one thing share it. */
  readonly group: string;
  /** May stand in for others. */
  readonly target: boolean;
  readonly generic: boolean;
  readonly countability: "count" | "mass" | "both" | "plural-only";
  readonly gender?: "m" | "f";
}

export interface NounForm {
  readonly noun: Noun;
  readonly plural: boolean;
}

/** All nouns, in the order of the classes. */
export const nouns: readonly Noun[] = objectClasses.flatMap(nounsOf);

/** Noun phrases in lower case, singular and plural. The first class that names a word keeps it. */
export const nounForms: ReadonlyMap<string, NounForm> = index(nouns);

function nounsOf(objectClass: ObjectClass): Noun[] {
  const generics = (objectClass.generic ?? "").split("/").filter(Boolean);
  const groups = objectClass.words.split(",").map((group) => group.trim().split("/"));
  return [
    ...generics.map((word) => nounOf(word, objectClass, objectClass.name, false, true)),
    ...groups.flatMap((words) => {
      const group = nounOf((words[0] as string).replace("~", ""), objectClass, "", false, false).singular;
      return words.map((word, i) =>
        nounOf(word.replace("~", ""), objectClass, group, i === 0 && !word.startsWith("~"), false),
      );
    }),
  ];
}

function nounOf(notation: string, objectClass: ObjectClass, group: string, target: boolean, generic: boolean): Noun {
  const [, mark, name, plural, gender] = /^([*+#]?)([^=(]+)(?:=([^(]+))?(?:\((m|f)\))?$/.exec(
    notation,
  ) as RegExpExecArray;
  const singular = name as string;
  const countability = ({ "*": "mass", "+": "both", "#": "plural-only" } as const)[mark as string] ?? "count";
  return {
    singular,
    plural: countability === "plural-only" || countability === "mass" ? singular : (plural ?? pluralOf(singular)),
    objectClass,
    group: group || singular,
    target,
    generic,
    countability,
    ...(gender ? { gender: gender as "m" | "f" } : {}),
  };
}

function index(all: readonly Noun[]): Map<string, NounForm> {
  const forms = new Map<string, NounForm>();
  for (const noun of all) {
    const onlyPlural = noun.countability === "plural-only";
    if (!forms.has(noun.singular)) forms.set(noun.singular, { noun, plural: onlyPlural });
    if (!forms.has(noun.plural)) forms.set(noun.plural, { noun, plural: true });
  }
  return forms;
}

const animate = new Set(
  "pet,beast,bird,sea animal,insect,reptile,creature,figure,person,everyone,group,occupation".split(","),
);
const human = new Set("person,everyone,group,occupation".split(","));

/** Whether a noun names a living being or a figure that acts like one. */
export function isAnimate(noun: Noun): boolean {
  return animate.has(noun.objectClass.name);
}

/** Whether a noun names people. */
export function isHuman(noun: Noun): boolean {
  return human.has(noun.objectClass.name);
}
