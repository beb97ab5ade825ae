/** Words of a prompt with exact places, tagged by compromise; text in quotation marks is kept apart. */
import nlp from "compromise/two";

export interface Token {
  /** As written. */
  readonly text: string;
  readonly lower: string;
  /** UTF-16 offsets into the prompt. */
  readonly start: number;
  readonly end: number;
  readonly kind: "word" | "punctuation" | "quoted";
  /** Compromise's part-of-speech tags. */
  readonly tags: ReadonlySet<string>;
}

export interface Span {
  readonly start: number;
  readonly end: number;
}

const noTags: ReadonlySet<string> = new Set();
const quotation =
  /"[^"]+"|“[^”]+”|«[^»]+»|‘[^’]+’(?![\p{L}\p{N}])|(?<![\p{L}\p{N}])'(?=\S)[^']*(?:'(?=\p{L})[^']*)*'(?![\p{L}\p{N}])/gu;
/** Capitals after "says" and its like are text in the picture even without quotation marks. */
const announced =
  /(?<=\b(?:says?|saying|reads?|reading|words?|lettered|labell?ed|titled|spelling|spells|text) )\p{Lu}{2,}(?:[ ,!?]+\p{Lu}{2,})*/gu;

/** @returns spans of text that the picture is to show, quotation marks included. */
export function quotedSpans(text: string): Span[] {
  const spans = [...text.matchAll(quotation)].map(spanOf);
  for (const span of [...text.matchAll(announced)].map(spanOf))
    if (!spans.some((other) => overlaps(span, other))) spans.push(span);
  return spans.sort((a, b) => a.start - b.start);
}

function spanOf(match: RegExpMatchArray): Span {
  const start = match.index as number;
  return { start, end: start + match[0].length };
}

/** Whether two spans share a character. */
export function overlaps(a: Span, b: Span): boolean {
  return a.start < b.end && b.start < a.end;
}

/** @returns words, single punctuation marks and quoted spans in the prompt's order. */
export function tokenise(text: string): Token[] {
  const quoted = quotedSpans(text);
  let masked = text;
  for (const { start, end } of quoted) masked = masked.slice(0, start) + "X".repeat(end - start) + masked.slice(end);
  const tags = tagsByOffset(masked);
  const tokens: Token[] = quoted.map((span) => token(text, span, "quoted", noTags));
  for (const match of masked.matchAll(/[\p{L}\p{N}]+(?:['’‑-][\p{L}\p{N}]+)*|[^\s\p{L}\p{N}]/gu)) {
    const span = spanOf(match);
    if (quoted.some((other) => overlaps(span, other))) continue;
    const word = /[\p{L}\p{N}]/u.test(match[0]);
    tokens.push(token(text, span, word ? "word" : "punctuation", word ? (tags.get(span.start) ?? noTags) : noTags));
  }
  return tokens.sort((a, b) => a.start - b.start);
}

function token(text: string, { start, end }: Span, kind: Token["kind"], tags: ReadonlySet<string>): Token {
  const own = text.slice(start, end);
  return { text: own, lower: own.toLowerCase().replaceAll("’", "'"), start, end, kind, tags };
}

/** Compromise's steps up to its tags by word; those that read whole sentences take three times as long and change few nouns. */
const taggers = ["contractions", "alias", "machine", "lexicon", "preTagger"] as const;

/** Compromise keeps every character: a term's text with what stands before and after it. */
interface TaggedTerm {
  readonly text: string;
  readonly pre: string;
  readonly post: string;
  readonly tags: ReadonlySet<string>;
}

function tagsByOffset(text: string): Map<number, ReadonlySet<string>> {
  const sentences = (
    nlp.tokenize(text).compute([...taggers]) as unknown as { docs: readonly (readonly TaggedTerm[])[] }
  ).docs;
  const tags = new Map<number, ReadonlySet<string>>();
  let offset = 0;
  for (const term of sentences.flat()) {
    offset += term.pre.length;
    if (!tags.has(offset)) tags.set(offset, term.tags);
    offset += term.text.length + term.post.length;
  }
  return tags;
}

/** Phrases of several words, found in a row of tokens from the longest down. */
export class PhraseTable<T> {
  private readonly byFirst = new Map<string, { words: string[]; value: T }[]>();

  constructor(entries: Iterable<readonly [phrase: string, value: T]>) {
    for (const [phrase, value] of entries) {
      const words = phraseWords(phrase);
      const first = words[0] as string;
      const list = this.byFirst.get(first);
      if (list) list.push({ words, value });
      else this.byFirst.set(first, [{ words, value }]);
    }
    for (const list of this.byFirst.values()) list.sort((a, b) => b.words.length - a.words.length);
  }

  /** @returns the longest phrase that starts at token `at`, and how many tokens it takes. */
  match(tokens: readonly Token[], at: number): { value: T; length: number } | undefined {
    for (const { words, value } of this.byFirst.get(tokens[at]?.lower ?? "") ?? [])
      if (words.every((word, i) => tokens[at + i]?.kind === "word" && tokens[at + i]?.lower === word))
        return { value, length: words.length };
    return undefined;
  }
}

function phraseWords(phrase: string): string[] {
  return phrase.toLowerCase().match(/[\p{L}\p{N}]+(?:['’‑-][\p{L}\p{N}]+)*/gu) as string[];
}
