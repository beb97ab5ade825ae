/** What the six kinds of edits have in common: a place to change, a choice of new texts, and the repairs that go with it. */
import type { Random } from "../../random.js";
import type { EditKind } from "../edit-kinds.js";
import { articleFor, withCaseOf } from "../grammar.js";
import { attributeWords } from "../lexicon/attributes.js";
import type { Noun } from "../lexicon/nouns.js";
import type { ParsedPrompt } from "../parse.js";
import type { NounPhrase, Word } from "../phrases.js";
import type { Span } from "../tokens.js";

/** A replacement at a place of the prompt before the edit. */
export interface Change {
  /** UTF-16 offset into the prompt before the edit. */
  readonly start: number;
  readonly before: string;
  readonly after: string;
}

/** One slot that can be edited. */
export interface Proposal {
  readonly kind: EditKind;
  readonly subkind?: string;
  readonly slot: Span;
  /** What the edit speaks about; it must not hold an earlier edit. The slot itself where it is left out. */
  readonly scope?: Span;
  /** Draws the new text and the repairs of agreement that it needs. */
  make(random: Random): { readonly after: string; readonly repairs: readonly Change[] };
}

const places = new Set(
  "room,landscape,relief,water,urban place,event,scenery,body,shape,part of land,part of building".split(","),
);

/** Whether a noun names a place, an event, a part of a body or the weather rather than a thing. */
export function isPlace(noun: Noun): boolean {
  return places.has(noun.objectClass.name);
}

/** Whether a word of a token range is inside a negation, a comparison or a style. */
export function isShielded(parsed: ParsedPrompt, from: number, to: number): boolean {
  return parsed.shielded.some(([start, end]) => from < end && start < to);
}

/** Whether nothing speaks against taking the phrase's head for what the lexicon says it is. */
export function isSound(parsed: ParsedPrompt, phrase: NounPhrase): boolean {
  if (phrase.doubtful || isShielded(parsed, phrase.start, phrase.end)) return false;
  const next = parsed.words[phrase.end];
  if (
    next &&
    (next.role === "noun" || next.role === "possessive" || next.role === "other" || next.role === "adjective")
  )
    return false;
  if (next && /^['’&/-]$/.test(next.text)) return false;
  if (parsed.words.slice(phrase.nounsStart, phrase.headStart).some((word) => !word.noun && !word.fixed)) return false;
  return (
    phrase.headStart === phrase.nounsStart ||
    phrase.start < phrase.nounsStart ||
    leadsPhrase(parsed.words[phrase.start - 1])
  );
}

function leadsPhrase(word: Word | undefined): boolean {
  return !word || word.role === "preposition" || word.role === "verb" || word.role === "punctuation";
}

/** The words of the prompt in lower case. */
export function vocabulary(parsed: ParsedPrompt): ReadonlySet<string> {
  return new Set(parsed.words.map(({ lower }) => lower));
}

/** Whether the prompt already uses a word of this colour, material or the like. */
export function mentions(parsed: ParsedPrompt, word: string): boolean {
  const group = attributeWords.get(word)?.group;
  return parsed.words.some(
    ({ lower }) => lower === word || (group !== undefined && attributeWords.get(lower)?.group === group),
  );
}

/** The "a" or "an" before token `at`, set right for `next`. Nothing where there is none or it is right already. */
export function articleRepair(parsed: ParsedPrompt, at: number, next: string): Change[] {
  const article = parsed.words[at - 1];
  if (!article || (article.lower !== "a" && article.lower !== "an") || article.role !== "determiner") return [];
  const after = withArticleCase(article.text, articleFor(next));
  return after === article.text ? [] : [{ start: article.start, before: article.text, after }];
}

function withArticleCase(like: string, article: string): string {
  return /^[A-Z]/.test(like) ? article.charAt(0).toUpperCase() + article.slice(1) : article;
}

/** A proposal that writes one of several texts over a slot, with the article before it set right. */
export function replacing(
  parsed: ParsedPrompt,
  kind: EditKind,
  subkind: string | undefined,
  tokens: readonly [number, number],
  options: readonly string[],
): Proposal[] {
  if (options.length === 0) return [];
  const slot = spanOf(parsed, ...tokens);
  const before = parsed.text.slice(slot.start, slot.end);
  return [
    {
      kind,
      ...(subkind ? { subkind } : {}),
      slot,
      make(random) {
        const option = random.pick(options);
        const after = opensSentence(parsed, tokens[0]) ? withCaseOf(before, option) : option;
        return { after, repairs: articleRepair(parsed, tokens[0], after) };
      },
    },
  ];
}

/** Whether a token is the first of the prompt, of a sentence or of a heading's text. */
export function opensSentence({ words }: ParsedPrompt, at: number): boolean {
  const previous = words[at - 1];
  return !previous || /^[.!?:;]$/.test(previous.text) || previous.role === "quoted";
}

/** Characters that a token range covers. */
export function spanOf({ words }: ParsedPrompt, from: number, to: number): Span {
  return { start: (words[from] as Word).start, end: (words[to - 1] as Word).end };
}
