/** An object becomes another one of a comparable class. */

import { type Noun, nouns } from "../lexicon/nouns.js";
import { collectiveNouns } from "../lexicon/objects.js";
import type { ParsedPrompt } from "../parse.js";
import type { NounPhrase } from "../phrases.js";
import { isSound, type Proposal, replacing, vocabulary } from "./proposal.js";

/** @returns a proposal for each object that the lexicon can replace. */
export function objectProposals(parsed: ParsedPrompt): Proposal[] {
  return parsed.phrases.flatMap((phrase) => {
    if (!phrase.head || !isSound(parsed, phrase) || isHeldTogether(parsed, phrase)) return [];
    if (isMentionedAgain(parsed, phrase, phrase.head.noun)) return [];
    const options = replacements(parsed, phrase);
    return replacing(parsed, "object", phrase.head.noun.objectClass.name, [phrase.nounsStart, phrase.end], options);
  });
}

/** Things that are said to be of something without a figure of speech ("cushions of moss", "a wall of ice"). */
const holders = new Set(["vessel", "case", "tableware", "paper goods", "dish", "baked goods"]);

/** "a herd of ...", "an ear of ...": the word before decides what may follow. "from a low camera" is a view. */
function isHeldTogether({ words }: ParsedPrompt, phrase: NounPhrase): boolean {
  if (words[phrase.end]?.lower === "of" && !holders.has(phrase.head?.noun.objectClass.name ?? "")) return true;
  const before = words[phrase.start - 1];
  if (phrase.head?.noun.group === "camera" && before?.role === "preposition") return true;
  return before?.lower === "of" && collectiveNouns.has(words[phrase.start - 2]?.lower ?? "");
}

/** Whether another word of the prompt speaks of the same thing, which one edit would leave behind. */
function isMentionedAgain({ words }: ParsedPrompt, phrase: NounPhrase, noun: Noun): boolean {
  return words.some(
    (word, at) =>
      (at < phrase.nounsStart || at >= phrase.end) &&
      (word.noun?.noun.group === noun.group ||
        word.lower === noun.singular ||
        word.lower === noun.plural ||
        word.lower === `${noun.singular}'s`),
  );
}

function replacements(parsed: ParsedPrompt, phrase: NounPhrase): string[] {
  const { noun, plural } = phrase.head as NonNullable<NounPhrase["head"]>;
  const known = vocabulary(parsed);
  const gender = pronounGender(known);
  if ((gender === "mixed" && noun.gender) || (gender && noun.generic)) return [];
  const numbered = phrase.number !== undefined;
  return candidates(noun)
    .filter((other) => !gender || !other.gender || other.gender === gender)
    .filter((other) => !parsed.words.some((word) => word.noun?.noun.group === other.group))
    .flatMap((other) => formFor(other, noun, plural, isMass(noun, phrase), numbered));
}

/** Members of the same class, or, for a word that names the whole class, of its sister classes. */
function candidates(noun: Noun): Noun[] {
  const { name, parent } = noun.objectClass;
  return nouns.filter((other) => {
    if (!other.target || other.group === noun.group) return false;
    if (noun.generic) return other.objectClass.parent === parent && other.objectClass.name !== name;
    if (other.objectClass.name === name) return !areKin(noun, other);
    return noun.objectClass.name === "dish" && other.objectClass.name === "baked goods";
  });
}

/** A child may be a boy or a girl. */
function areKin(a: Noun, b: Noun): boolean {
  return a.group === "child" && (b.group === "boy" || b.group === "girl");
}

function isMass(noun: Noun, phrase: NounPhrase): boolean {
  if (noun.countability === "mass") return true;
  return (
    noun.countability === "both" &&
    phrase.determiner === undefined &&
    phrase.number === undefined &&
    !phrase.head?.plural
  );
}

function formFor(other: Noun, noun: Noun, plural: boolean, mass: boolean, numbered: boolean): string[] {
  if (mass) return other.countability === "mass" || other.countability === "both" ? [other.singular] : [];
  if (other.countability === "mass") return [];
  if (plural) {
    if (other.countability === "plural-only" && (numbered || noun.countability !== "plural-only")) return [];
    return [other.plural];
  }
  return other.countability === "plural-only" ? [] : [other.singular];
}

function pronounGender(known: ReadonlySet<string>): "m" | "f" | "mixed" | undefined {
  const male = ["he", "his", "him", "himself"].some((word) => known.has(word));
  const female = ["she", "her", "hers", "herself"].some((word) => known.has(word));
  if (male && female) return "mixed";
  return male ? "m" : female ? "f" : undefined;
}
