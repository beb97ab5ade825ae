/** A negation is added to what the prompt says, or taken away. */
import { articleFor, withCaseOf } from "../grammar.js";
import { isAnimate } from "../lexicon/nouns.js";
import { relationalNouns } from "../lexicon/objects.js";
import type { ParsedPrompt } from "../parse.js";
import { isPluralNoun, type NounPhrase, type Word } from "../phrases.js";
import { isPlace, isShielded, type Proposal, spanOf } from "./proposal.js";

/** @returns proposals that remove the prompt's negations and, where the words allow it, add one. */
export function negationProposals(parsed: ParsedPrompt): Proposal[] {
  return parsed.words.flatMap((word, at) => {
    if (word.phraseStart !== at) return [];
    const proposal = word.role === "negator" ? removal(parsed, at) : addition(parsed, at);
    return proposal ?? [];
  });
}

/** @param tokens range that the edit replaces. @param scope range that the negation governs. */
function proposal(
  parsed: ParsedPrompt,
  subkind: string,
  tokens: readonly [number, number],
  scope: number,
  after: string,
): Proposal {
  const slot = spanOf(parsed, ...tokens);
  const before = parsed.text.slice(slot.start, slot.end);
  const text = withCaseOf(before.length > 1 ? before.charAt(0) : before, after);
  return {
    kind: "negation",
    subkind,
    slot,
    scope: { start: slot.start, end: (parsed.words[Math.max(scope, tokens[1]) - 1] as Word).end },
    make: () => ({ after: text, repairs: [] }),
  };
}

const polarity = /^(any|anyone|anything|anybody|anywhere|ever|yet|either|nor|at all|else|other|but|except|only|even)$/;

function removal(parsed: ParsedPrompt, at: number): Proposal | undefined {
  const { words } = parsed;
  const word = words[at] as Word;
  const previous = words[at - 1];
  const end = clauseEnd(words, at + 1);
  const rest = words.slice(at + 1, end);
  if (
    words
      .slice(0, sentenceEnd(words, end))
      .some(({ lower }, i) => lower === "nothing" || (i > at && /^(only|just)$/.test(lower)))
  )
    return undefined;
  if (parsed.shielded.some(([start, stop]) => start < at && at < stop && words[start]?.role !== "negator"))
    return undefined;
  const phrase = parsed.phrases.find(({ start }) => start === at + 1);
  if (word.lower === "without") return removeWithout(parsed, at, end, rest, phrase);
  if (rest.some(({ lower }) => polarity.test(lower))) return undefined;
  const joined = previous?.role === "conjunction" && words.slice(0, at).some(({ role }) => role === "negator");
  if (word.lower === "no" && joined && previous.lower !== "but") return undefined;
  if (word.lower === "no") return removeNo(parsed, at, end, phrase);
  if (word.lower === "nobody") return proposal(parsed, "removed", [at, at + 1], end, "everybody");
  if (word.lower === "not" && previous && isDenied(previous, words[at + 1])) return withoutWord(parsed, at, end);
  return undefined;
}

/** "without X" becomes "with X"; "but" before it becomes "and". */
function removeWithout(
  parsed: ParsedPrompt,
  at: number,
  end: number,
  rest: readonly Word[],
  phrase: NounPhrase | undefined,
): Proposal | undefined {
  const { words } = parsed;
  const any = words[at + 1]?.lower === "any";
  if (!phrase || rest.slice(any ? 1 : 0).some(({ lower }) => polarity.test(lower))) return undefined;
  const from = words[at - 1]?.lower === "but" ? at - 1 : at;
  return proposal(parsed, "removed", [from, any ? at + 2 : at + 1], end, from < at ? "and with" : "with");
}

/** "no people" becomes "people", "no door" becomes "a door". */
function removeNo(parsed: ParsedPrompt, at: number, end: number, phrase: NounPhrase | undefined): Proposal | undefined {
  const { words } = parsed;
  const head = phrase && (words[phrase.end - 1] as Word);
  if (
    !phrase ||
    !head ||
    /^(longer|more|less|bigger|one|doubt|matter|wider|larger|taller|end|use|sign|sound)$/.test(
      (words[at + 1] as Word).lower,
    )
  )
    return undefined;
  const previous = words[at - 1];
  const plural = isPluralNoun(head);
  const mass = head.noun?.noun.countability === "mass" || (!head.noun && head.tags.has("Uncountable"));
  const next = (words[at + 1] as Word).text;
  if (!head.noun && relationalNouns.has(head.lower)) return undefined;
  if (!plural && !mass && !head.noun && !head.tags.has("Singular")) return undefined;
  const listed = previous?.text === ",";
  if (previous?.lower === "but")
    return proposal(parsed, "removed", [at - 1, at + 1], end, plural || mass ? "and" : `and ${articleFor(next)}`);
  if (listed)
    return proposal(parsed, "removed", [at, at + 1], end, plural || mass ? "with" : `with ${articleFor(next)}`);
  if (plural || mass) return withoutWord(parsed, at, end);
  if (previous?.role === "noun") return undefined;
  return proposal(parsed, "removed", [at, at + 1], end, articleFor(next));
}

/** "is not red", "not lit", "not riding": what remains without "not" is a statement. */
function isDenied(previous: Word, next: Word | undefined): boolean {
  if (!next) return false;
  if (previous.role === "auxiliary") return /^(is|are|was|were)$/.test(previous.lower);
  return next.verb?.form === "ing" || (next.role === "adjective" && /^[,(]$/.test(previous.text));
}

/** Removes a token and the space after it; a capital moves to the next word. */
function withoutWord(parsed: ParsedPrompt, at: number, end: number): Proposal {
  const word = parsed.words[at] as Word;
  const next = parsed.words[at + 1] as Word;
  const capital = /^\p{Lu}/u.test(word.text) ? next.text.charAt(0).toUpperCase() + next.text.slice(1) : next.text;
  return {
    kind: "negation",
    subkind: "removed",
    slot: { start: word.start, end: next.end },
    scope: { start: word.start, end: (parsed.words[Math.max(end, at + 2) - 1] as Word).end },
    make: () => ({ after: capital, repairs: [] }),
  };
}

/** "not" beside these has two readings, or loses the thread. */
const quantified = /^(every|each|all|both|so|only|any|most|some|no|not|never|nobody)$/;

function addition(parsed: ParsedPrompt, at: number): Proposal | undefined {
  const { words } = parsed;
  const end = clauseEnd(words, at + 1);
  const previous = words[at - 1];
  if (/\bso that\b/i.test(parsed.text)) return undefined;
  if (words.slice(clauseStart(words, at), end).some(({ lower }) => quantified.test(lower))) return undefined;
  if (isShielded(parsed, at, at + 1) || !previous || words[at + 1]?.role === "negator" || previous.role === "negator")
    return undefined;
  const word = words[at] as Word;
  const phrase = parsed.phrases.find(({ start }) => start === word.phraseEnd);
  if (word.lower === "with") return negateWith(parsed, at, end, phrase);
  if (word.role === "verb" && word.verb?.form === "ing") return negateParticiple(parsed, at, end);
  if (word.role === "verb" && word.verb && (word.verb.form === "third" || word.verb.form === "base"))
    return negateFinite(parsed, at, end);
  if (
    /^(is|are)$/.test(word.lower) &&
    /^(preposition|adjective|verb)$/.test(words[at + 1]?.role ?? "") &&
    previous.role === "noun" &&
    words[at + 1]?.lower !== "to"
  )
    return proposal(parsed, "added", [at, at + 1], end, `${word.lower} not`);
  return undefined;
}

/** "a man with a hat" becomes "a man without a hat". */
function negateWith(
  parsed: ParsedPrompt,
  at: number,
  end: number,
  phrase: NounPhrase | undefined,
): Proposal | undefined {
  const { words } = parsed;
  const previous = words[at - 1] as Word;
  if (!previous.noun || !phrase || phrase.doubtful || phrase.number !== undefined) return undefined;
  const determiner = phrase.determiner === undefined ? undefined : (words[phrase.determiner] as Word).lower;
  if (determiner && !/^(an?|his|her|their|its)$/.test(determiner)) return undefined;
  const follow = words[phrase.end];
  const absolute = words
    .slice(phrase.end, end)
    .some(({ role, lower }) => role === "verb" || role === "conjunction" || lower === "as" || role === "negator");
  if (
    absolute ||
    (determiner === undefined && startsList(words, end)) ||
    (follow && !/^(punctuation|preposition)$/.test(follow.role)) ||
    (words[phrase.end - 1] as Word).noun?.noun.objectClass.name === "body"
  )
    return undefined;
  return proposal(parsed, "added", [at, at + 1], phrase.end, "without");
}

/** "with rice to the left, salmon to the right": "without" would govern the whole list. */
function startsList(words: readonly Word[], end: number): boolean {
  return words[end]?.text === "," && /^(noun|adjective|number|conjunction)$/.test(words[end + 1]?.role ?? "");
}

/** "a man riding a horse" becomes "a man not riding a horse". */
function negateParticiple(parsed: ParsedPrompt, at: number, end: number): Proposal | undefined {
  const { words } = parsed;
  const previous = words[at - 1] as Word;
  const subject = parsed.phrases.find((phrase) => phrase.end === at);
  const next = words[at + 1];
  if (next?.role === "quoted") return undefined;
  const auxiliary = /^(is|are|was|were)$/.test(previous.lower);
  if (!auxiliary && !(previous.role === "noun" && subject && !subject.doubtful && subject.head)) return undefined;
  if (next && next.role === "conjunction") return undefined;
  return proposal(parsed, "added", [at, at + 1], end, `not ${(words[at] as Word).text}`);
}

/** "a cat sits" becomes "a cat does not sit". */
function negateFinite(parsed: ParsedPrompt, at: number, end: number): Proposal | undefined {
  const { words } = parsed;
  const word = words[at] as Word & { verb: NonNullable<Word["verb"]> };
  const subject = parsed.phrases.find((phrase) => phrase.end === at);
  if (!subject?.head || subject.doubtful || (isPlace(subject.head.noun) && !isAnimate(subject.head.noun)))
    return undefined;
  const third = word.verb.form === "third";
  if (third === subject.head.plural) return undefined;
  const before = words[subject.start - 1];
  if (before && !/^[.;:!?,]$/.test(before.text) && !/^(that|while|and|as|where)$/.test(before.lower)) return undefined;
  if (before?.lower === "and" && third !== !subject.head.plural) return undefined;
  return proposal(parsed, "added", [at, at + 1], end, `${third ? "does" : "do"} not ${word.verb.verb.base}`);
}

function clauseEnd(words: readonly Word[], from: number): number {
  let at = from;
  while (at < words.length && !/^[,.;:!?()–—]$/.test((words[at] as Word).text)) at++;
  return at;
}

function sentenceEnd(words: readonly Word[], from: number): number {
  let at = from;
  while (at < words.length && !/^[.!?]$/.test((words[at] as Word).text)) at++;
  return at;
}

function clauseStart(words: readonly Word[], from: number): number {
  let at = from;
  while (at > 0 && !/^[,.;:!?()–—]$/.test((words[at - 1] as Word).text)) at--;
  return at;
}
