/** A count becomes a clearly different one, with the noun, the verb and the article in agreement. */
import {
  articleFor,
  infinitiveOf,
  numberText,
  numberValue,
  pluralAuxiliary,
  verbForm,
  withCaseOf,
} from "../grammar.js";
import { isHuman, type NounForm } from "../lexicon/nouns.js";
import type { ParsedPrompt, Slot } from "../parse.js";
import type { NounPhrase, Word } from "../phrases.js";
import { type Change, isShielded, isSound, type Proposal, spanOf } from "./proposal.js";

/** @returns a proposal for each count that can change without touching anything but agreement. */
export function countProposals(parsed: ParsedPrompt): Proposal[] {
  if (hasEllipsis(parsed)) return [];
  return parsed.slots.flatMap((slot) => {
    if (slot.kind !== "count" || isShielded(parsed, ...slot.tokens)) return [];
    const phrase = slot.phrase as NounPhrase;
    if (phrase.doubtful) return [];
    if (slot.subkind === "number") return numberProposal(parsed, slot, phrase);
    if (slot.subkind === "quantifier") return quantifierProposal(parsed, slot, phrase);
    return articleProposal(parsed, slot, phrase);
  });
}

const elliptic = new Set(
  "both each other others another either neither half apiece respectively ones twins one's twos threes second third fourth fifth".split(
    " ",
  ),
);

/** Whether the prompt counts again what it counted before: "six marbles, five of them clear". */
function hasEllipsis({ words, phrases }: ParsedPrompt): boolean {
  return words.some((word, at) => {
    if (elliptic.has(word.lower)) return true;
    if (word.role !== "number") return false;
    return !phrases.some((phrase) => phrase.number === at) || words[at - 1]?.lower === "all";
  });
}

/** Nouns of measure and of time, which are not counted things. */
const measures =
  /^(years?|hours?|minutes?|metres?|meters?|miles?|feet|times?|days?|weeks?|months?|degrees?|percent|o'clock|generations?|winters|summers|sides?|storeys?|floors?|stories|parts?|halves|rows?|layers?|kinds?|colou?rs?|steps?|ways?|directions?|corners?|ends?|tiers?|pieces?|hands?|arms?|legs?|eyes?|ears?|wings?|feet|horns?|paws?)$/;

function numberProposal(parsed: ParsedPrompt, slot: Slot, phrase: NounPhrase): Proposal[] {
  const value = numberValue(slot.text.toLowerCase()) as number;
  const last = parsed.words[phrase.end - 1] as Word;
  if (value < 2 || measures.test(last.lower) || phrase.number !== slot.tokens[0]) return [];
  if (parsed.words[slot.tokens[0] - 1]?.role === "number" || parsed.words[slot.tokens[1]]?.role === "number") return [];
  if (!(phrase.head ? phrase.head.plural : last.tags.has("Plural"))) return [];
  const before = parsed.words[phrase.start - 1]?.lower;
  if (before === "about" || before === "between" || phrase.determiner !== undefined) return [];
  return [
    proposal(parsed, slot, (random) => ({
      after: withCaseOf(slot.text, numberText(random.pick(farFrom(value)), slot.text)),
      repairs: [],
    })),
  ];
}

/** Counts from 2 to 12 that are at most half or at least twice a count. */
export function farFrom(value: number): number[] {
  const near = [2, 3, 4, 5, 6, 7, 8, 9, 10, 12];
  return near.filter((other) => other * 2 <= value || (other >= value * 2 && other <= value * 4));
}

/** What contradicts a vague quantity before a plural noun. */
const quantities: Readonly<Record<string, readonly string[]>> = {
  several: ["two", "twenty"],
  many: ["two", "three"],
  "dozens of": ["two", "three"],
  "hundreds of": ["two", "three"],
  "thousands of": ["two", "three"],
  "scores of": ["two", "three"],
  numerous: ["two", "three"],
  countless: ["two", "three"],
  "a few": ["dozens of"],
  "a couple of": ["five", "six", "seven"],
  "a dozen": ["two", "three"],
};

function quantifierProposal(parsed: ParsedPrompt, slot: Slot, phrase: NounPhrase): Proposal[] {
  const text = slot.text.toLowerCase();
  if (text === "a single") return pluralising(parsed, slot, phrase);
  if (text === "a pair of") return pairProposal(parsed, slot);
  if (
    parsed.words[slot.tokens[0] - 1]?.role === "adverb" ||
    /^(so|how|as|too)$/.test(parsed.words[slot.tokens[0] - 1]?.lower ?? "")
  )
    return [];
  const options = quantities[text];
  const last = parsed.words[phrase.end - 1] as Word;
  if (!options || measures.test(last.lower) || !(phrase.head ? phrase.head.plural : last.tags.has("Plural"))) return [];
  return [proposal(parsed, slot, (random) => ({ after: withCaseOf(slot.text, random.pick(options)), repairs: [] }))];
}

/** "a pair of" becomes "three pairs of", unless a verb would have to follow. */
function pairProposal(parsed: ParsedPrompt, slot: Slot): Proposal[] {
  if (parsed.words.slice(slot.tokens[1]).some(isThirdPerson)) return [];
  return [
    proposal(parsed, slot, (random) => ({
      after: withCaseOf(slot.text, `${random.pick(["three", "four", "five"])} pairs of`),
      repairs: [],
    })),
  ];
}

const single = /^(single|lone|solitary|only|whole|entire|certain|sole|half|little|bit|lonely|full|unmade)$/;
const uncounted = new Set(
  "body,scenery,room,landscape,relief,water,urban place,event,group,opening,shape,part of land,part of building".split(
    ",",
  ),
);
const governing = /^(with|beside|near|behind|and|holding|carrying|eating|next to|in front of|alongside|of)$/;

function articleProposal(parsed: ParsedPrompt, slot: Slot, phrase: NounPhrase): Proposal[] {
  if (
    parsed.words
      .slice(phrase.start, phrase.nounsStart)
      .some(({ lower, role }) => single.test(lower) || role === "possessive")
  )
    return [];
  if (!isCountedHere(parsed, phrase)) return [];
  return pluralising(parsed, slot, phrase);
}

/** At the beginning of a clause, or after a word that takes any number of things. */
function isCountedHere({ words, slots }: ParsedPrompt, phrase: NounPhrase): boolean {
  const previous = words[phrase.start - 1];
  if (!previous || previous.role === "punctuation") return true;
  const governor = words
    .slice(previous.phraseStart, previous.phraseEnd)
    .map(({ lower }) => lower)
    .join(" ");
  if (!governing.test(governor)) return false;
  if (previous.lower !== "of") return true;
  return slots.some(
    ({ kind, subkind, tokens }) => kind === "style" && subkind !== "manner" && tokens[1] === phrase.start - 1,
  );
}

function pluralising(parsed: ParsedPrompt, slot: Slot, phrase: NounPhrase): Proposal[] {
  const { head } = phrase;
  if (!head || head.plural || head.noun.countability === "mass" || uncounted.has(head.noun.objectClass.name)) return [];
  if (!isSound(parsed, phrase)) return [];
  if (isHuman(head.noun) && wearsOne(parsed, phrase)) return [];
  const verb = agreement(parsed, phrase);
  if (!verb) return [];
  const repairs = [nounRepair(parsed, phrase, head), ...verb];
  const options = ["three", "four", "five", "six"];
  return [proposal(parsed, slot, (random) => ({ after: withCaseOf(slot.text, random.pick(options)), repairs }))];
}

/** "a man in a hat": several men would share the hat. */
function wearsOne({ words, phrases }: ParsedPrompt, phrase: NounPhrase): boolean {
  const next = phrases.find(({ start }) => start === phrase.end + 1);
  return /^(in|with)$/.test(words[phrase.end]?.lower ?? "") && next?.head?.plural === false;
}

function nounRepair(parsed: ParsedPrompt, phrase: NounPhrase, head: NounForm): Change {
  const { start, end } = spanOf(parsed, phrase.headStart, phrase.end);
  const before = parsed.text.slice(start, end);
  return { start, before, after: withCaseOf(before, head.noun.plural) };
}

const back = /^(it|its|itself|he|she|his|her|him|himself|herself|one|who|which|whose|wearing|riding)$/;

/** The verbs that must become plural with the phrase; undefined where that is not certain. */
function agreement(parsed: ParsedPrompt, phrase: NounPhrase): Change[] | undefined {
  const { words } = parsed;
  if (words.slice(phrase.end).some(({ lower }) => back.test(lower))) return undefined;
  const end = clauseEnd(words, phrase.end);
  const finite = range(phrase.end, end).filter((at) => isThirdPerson(words[at] as Word));
  const previous = words[phrase.start - 1];
  if (previous?.role === "auxiliary" || isUnclear(words, phrase.end, end)) return undefined;
  if (finite.length === 0) return [];
  const first = finite[0] as number;
  if (finite.length > 1 || previous?.lower === "and") return undefined;
  const adjacent = range(phrase.end, first).every((at) => (words[at] as Word).role === "adverb");
  const leads = !previous || /^[.;:!?]$/.test(previous.text);
  if (!leads || !(adjacent || isPostmodifier(words, phrase.end, first))) return undefined;
  return [pluralVerb(words[first] as Word)];
}

/** A prepositional phrase between subject and verb, without a comma or a conjunction. */
function isPostmodifier(words: readonly Word[], from: number, to: number): boolean {
  return (
    words[from]?.role === "preposition" &&
    range(from, to).every((at) => !["punctuation", "conjunction", "pronoun"].includes((words[at] as Word).role))
  );
}

/** Words that may be verbs which no lexicon knows. */
function isUnclear(words: readonly Word[], from: number, to: number): boolean {
  return range(from, to).some((at) => {
    const word = words[at] as Word;
    if (word.role === "verb") return !word.verb && !/(ing|ed|en)$/.test(word.lower) && !isThirdPerson(word);
    const previous = words[at - 1] as Word;
    return word.role === "noun" && !word.noun && /s$/.test(word.lower) && previous.role === "noun";
  });
}

function isThirdPerson(word: Word): boolean {
  if (word.role === "auxiliary") return pluralAuxiliary.has(word.lower);
  return (
    word.role === "verb" &&
    (word.verb?.form === "third" ||
      (!word.verb && word.tags.has("PresentTense") && !word.tags.has("Gerund") && /s$/.test(word.lower)))
  );
}

function pluralVerb(word: Word): Change {
  const plural =
    pluralAuxiliary.get(word.lower) ?? (word.verb ? verbForm(word.verb.verb.base, "base") : infinitiveOf(word.lower));
  return { start: word.start, before: word.text, after: withCaseOf(word.text, plural) };
}

function clauseEnd(words: readonly Word[], from: number): number {
  let at = from;
  while (at < words.length && !/^[.;:!?]$/.test((words[at] as Word).text)) at++;
  return at;
}

function range(from: number, to: number): number[] {
  return Array.from({ length: Math.max(0, to - from) }, (_, i) => from + i);
}

function proposal(parsed: ParsedPrompt, slot: Slot, make: Proposal["make"]): Proposal {
  return {
    kind: "count",
    ...(slot.subkind ? { subkind: slot.subkind } : {}),
    slot,
    make(random) {
      const { after, repairs } = make(random);
      return { after, repairs: [...repairs, ...outerArticle(parsed, slot, after)] };
    },
  };
}

/** "a two-..." does not occur, but "a" before a number does: "a dozen". */
function outerArticle(parsed: ParsedPrompt, slot: Slot, after: string): Change[] {
  const previous = parsed.words[slot.tokens[0] - 1];
  if (previous?.lower !== "a" && previous?.lower !== "an") return [];
  const article = articleFor(after);
  return article === previous.lower
    ? []
    : [{ start: previous.start, before: previous.text, after: withCaseOf(previous.text, article) }];
}
