/** What a prompt asks for, as slots with exact places: the handles of the graded alignment negatives. */

import type { EditKind } from "./edit-kinds.js";
import { numberValue } from "./grammar.js";
import { type AttributeKind, attributeWords, shadeModifiers } from "./lexicon/attributes.js";
import { relationalNouns } from "./lexicon/objects.js";
import { lookContrasts, mannerWords, mediumWords } from "./lexicon/styles.js";
import { assignRoles, type NounPhrase, nounPhrases, type Word } from "./phrases.js";
import { overlaps, PhraseTable, type Span, tokenise } from "./tokens.js";

export type SlotKind = EditKind | "quoted";

/** A part of a prompt that states one thing about the picture. */
export interface Slot extends Span {
  readonly kind: SlotKind;
  /**
   * Attributes: what they are about. Relations: "spatial" or "action". Counts: "article", "number" or "quantifier". Styles:
   * "medium", "manner" or "look". Objects: the class, where the lexicon knows one.
   */
  readonly subkind?: string;
  /** The prompt's own characters from `start` to `end` (UTF-16 offsets). */
  readonly text: string;
  /** Range of tokens, the end exclusive. */
  readonly tokens: readonly [start: number, end: number];
  /** The noun phrase that it belongs to or that it is about. */
  readonly phrase?: NounPhrase;
}

export interface ParsedPrompt {
  readonly text: string;
  readonly words: readonly Word[];
  readonly phrases: readonly NounPhrase[];
  /** In the order of the text; slots may lie inside one another ("a photograph of ..." holds an article). */
  readonly slots: readonly Slot[];
  /** Token ranges that a negation, a comparison or a style governs: nothing that the picture is to show. */
  readonly shielded: readonly (readonly [start: number, end: number])[];
}

const styleTable = new PhraseTable<string>([
  ...[...lookContrasts.keys()].map((phrase) => [phrase, "look"] as const),
  ...mediumWords.map(({ phrase }) => [phrase, "medium"] as const),
]);
const mannerTable = new PhraseTable(mannerWords.map(({ phrase }) => [phrase, true] as const));
const quantifierTable = new PhraseTable<string>(
  `several; many; dozens of; hundreds of; thousands of; scores of; a few; a couple of; a single; a dozen; a pair of; numerous; countless`
    .split("; ")
    .map((phrase) => [phrase, phrase] as const),
);

/**
 * Finds what a prompt says: objects, attributes, counts, relations, style, negations and quoted text. Works by lexicons of the
 * words that image prompts use, and by compromise's tags for the rest; a word that neither knows is in no slot.
 */
export function parsePrompt(text: string): ParsedPrompt {
  const words = assignRoles(tokenise(text));
  const phrases = nounPhrases(words);
  const builder = new SlotBuilder(text, words, phrases);
  return { text, words, phrases, slots: builder.slots(), shielded: builder.shielded() };
}

class SlotBuilder {
  private readonly styles: Slot[];

  constructor(
    private readonly text: string,
    private readonly words: readonly Word[],
    private readonly phrases: readonly NounPhrase[],
  ) {
    this.styles = this.styleSlots();
  }

  slots(): Slot[] {
    const quoted = this.words.flatMap((word, i) => (word.role === "quoted" ? [this.slot("quoted", i, i + 1)] : []));
    const others = [
      ...this.phrases.flatMap((phrase) => this.phraseSlots(phrase)),
      ...this.predicates(),
      ...this.relations(),
      ...this.negations(),
    ].filter((slot) => !this.styles.some((style) => overlaps(style, slot)));
    return [...quoted, ...this.styles, ...others].sort((a, b) => a.start - b.start || b.end - a.end);
  }

  /** @see ParsedPrompt.shielded */
  shielded(): (readonly [number, number])[] {
    const ranges: (readonly [number, number])[] = [];
    for (const [i, word] of this.words.entries()) {
      const simile = ["like", "as", "than", "if"].includes(word.lower) && word.role !== "noun";
      if (simile || word.role === "negator") ranges.push([i, this.clauseEnd(i + 1)]);
    }
    return [...ranges, ...this.styles.map(({ tokens }) => tokens)];
  }

  private slot(kind: SlotKind, from: number, to: number, subkind?: string, phrase?: NounPhrase): Slot {
    const start = (this.words[from] as Word).start;
    const end = (this.words[to - 1] as Word).end;
    const text = this.text.slice(start, end);
    return {
      kind,
      ...(subkind ? { subkind } : {}),
      start,
      end,
      text,
      tokens: [from, to],
      ...(phrase ? { phrase } : {}),
    };
  }

  /** The next punctuation mark that ends a clause. */
  private clauseEnd(from: number): number {
    let at = from;
    while (at < this.words.length && !/^[,.;:!?()–—]$/.test((this.words[at] as Word).text)) at++;
    return at;
  }

  private styleSlots(): Slot[] {
    const found: Slot[] = [];
    for (let at = 0; at < this.words.length; at++) {
      const slot = this.mannerAt(at) ?? this.styleAt(at);
      if (!slot) continue;
      found.push(slot);
      at = slot.tokens[1] - 1;
    }
    return found;
  }

  /** A medium or a look; a medium that is a thing in the picture ("a poster on the wall") is no style. */
  private styleAt(at: number): Slot | undefined {
    const match = styleTable.match(this.words, at);
    if (!match) return undefined;
    const end = at + match.length;
    if (match.value === "medium" && !this.isMediumHere(at, end)) return undefined;
    return this.slot("style", at, end, match.value);
  }

  private isMediumHere(start: number, end: number): boolean {
    const before = this.words[start - 1];
    const after = this.words[end];
    const first = start === 0 || (start === 1 && /^(an?|the)$/.test(before?.lower ?? ""));
    const opens =
      first ||
      (start <= 3 && this.words.slice(0, start).every(({ role }) => role === "determiner" || role === "adjective"));
    if (opens) return !after || /^(of|in|showing|from|taken|with|:|,|\.)$/.test(after.lower);
    const tag = before?.text === "," || before?.text === ".";
    const closed = !after || after.text === "," || after.text === ".";
    return tag && closed && (before?.text === "." || !this.words.slice(end).some(({ role }) => role === "verb"));
  }

  /** "in the style of ..." up to the clause's end, and "... style". */
  private mannerAt(at: number): Slot | undefined {
    const lower = (offset: number) => this.words[at + offset]?.lower;
    if ((lower(0) === "style" || lower(0) === "manner") && lower(1) === "of" && lower(-1) === "the") {
      const end = this.clauseEnd(at + 2);
      return end > at + 2 ? this.slot("style", at + 2, end, "manner") : undefined;
    }
    const match = mannerTable.match(this.words, at);
    if (match && this.words[at + match.length]?.lower === "style")
      return this.slot("style", at, at + match.length, "style");
    return undefined;
  }

  private phraseSlots(phrase: NounPhrase): Slot[] {
    const counts = this.countSlot(phrase);
    const last = this.words[phrase.end - 1] as Word;
    const isThing = (phrase.head || !relationalNouns.has(last.lower)) && !this.isMaterial(phrase.end - 1);
    return [...(counts ? [counts] : []), ...this.attributes(phrase), ...(isThing ? [this.objectSlot(phrase)] : [])];
  }

  /** The head with the nouns before it, but not the materials and colours among them. */
  private objectSlot(phrase: NounPhrase): Slot {
    return this.slot("object", phrase.nounsStart, phrase.end, phrase.head?.noun.objectClass.name, phrase);
  }

  private countSlot(phrase: NounPhrase): Slot | undefined {
    const quantifier = this.quantifierBefore(phrase);
    if (quantifier) return this.slot("count", quantifier[0], quantifier[1], "quantifier", phrase);
    if (phrase.number !== undefined) {
      if (numberValue((this.words[phrase.number] as Word).lower) === undefined) return undefined;
      return this.slot("count", phrase.number, phrase.number + 1, "number", phrase);
    }
    if (phrase.determiner === undefined) return undefined;
    const article = this.words[phrase.determiner] as Word;
    if (article.lower !== "a" && article.lower !== "an") return undefined;
    return this.slot("count", phrase.determiner, phrase.determiner + 1, "article", phrase);
  }

  /** A quantifier that starts the phrase or stands before it ("a pair of"). */
  private quantifierBefore(phrase: NounPhrase): readonly [number, number] | undefined {
    for (let start = Math.max(0, phrase.start - 3); start <= phrase.start; start++) {
      const match = quantifierTable.match(this.words, start);
      if (!match) continue;
      const end = start + match.length;
      if (end === phrase.start || (start === phrase.start && end <= phrase.nounsStart)) return [start, end];
    }
    return undefined;
  }

  private attributes(phrase: NounPhrase): Slot[] {
    const found: Slot[] = [];
    for (let at = phrase.start; at < phrase.nounsStart; at++) {
      const slot = this.attributeAt(at, phrase);
      if (slot) found.push(slot);
    }
    return found;
  }

  private attributeAt(at: number, phrase?: NounPhrase): Slot | undefined {
    const word = this.words[at] as Word;
    const attribute = attributeWords.get(word.lower);
    if (!attribute || word.fixed || word.role !== "adjective") return undefined;
    const shaded = attribute.subkind === "colour" && shadeModifiers.has(this.words[at - 1]?.lower ?? "");
    return this.slot(
      "attribute",
      shaded && at > 0 ? at - 1 : at,
      at + 1,
      attribute.subkind satisfies AttributeKind,
      phrase,
    );
  }

  /** "is red", "made of wood". */
  private predicates(): Slot[] {
    return this.words.flatMap((word, at) => {
      const previous = this.words[at - 1];
      const inPhrase = this.phrases.some(({ start, end }) => at >= start && at < end);
      if (word.role === "adjective" && previous?.role === "auxiliary" && !inPhrase) return this.attributeAt(at) ?? [];
      return this.isMaterial(at) ? [this.slot("attribute", at, at + 1, "material")] : [];
    });
  }

  /** A bare noun of a material after "made of". */
  private isMaterial(at: number): boolean {
    const lower = (offset: number) => this.words[at + offset]?.lower ?? "";
    if (!/^(made|carved|built|woven|folded)$/.test(lower(-2)) || !/^(of|from)$/.test(lower(-1))) return false;
    if (attributeWords.get(materialAdjective(lower(0)))?.subkind !== "material") return false;
    return this.phrases.every(({ start, end }) => end <= at || start > at || (start === at && end === at + 1));
  }

  private relations(): Slot[] {
    return this.words.flatMap((word, at) => {
      if (word.spatial && word.phraseStart === at)
        return [
          this.slot(
            "relation",
            at,
            word.phraseEnd,
            "spatial",
            this.phrases.find(({ start }) => start === word.phraseEnd),
          ),
        ];
      if (word.role === "verb" && (word.verb ? word.verb.form !== "past" : word.tags.has("Gerund")))
        return [
          this.slot(
            "relation",
            at,
            at + 1,
            "action",
            this.phrases.find(({ start }) => start === at + 1),
          ),
        ];
      return [];
    });
  }

  private negations(): Slot[] {
    return this.words.flatMap((word, at) =>
      word.role === "negator" || /n't$/.test(word.lower) ? [this.slot("negation", at, at + 1, word.lower)] : [],
    );
  }
}

const adjectivesOfMaterials: Readonly<Record<string, string>> = { wood: "wooden", metal: "metal" };

/** The form under which the lexicon of attributes knows a material's noun. */
export function materialAdjective(noun: string): string {
  return adjectivesOfMaterials[noun] ?? noun;
}
