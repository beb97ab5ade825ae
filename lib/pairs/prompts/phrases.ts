/** The part that each word plays in a prompt, and the noun phrases that follow from it. */
import { numberValue, pluralAuxiliary, type VerbForm, verbForm } from "./grammar.js";
import { attributeWords, fixedPhrases, shadeModifiers } from "./lexicon/attributes.js";
import { isAnimate, type NounForm, nounForms } from "./lexicon/nouns.js";
import { type ActionVerb, actionVerbs, type SpatialWord, spatialWords } from "./lexicon/relations.js";
import { PhraseTable, type Token } from "./tokens.js";

export type Role =
  | "determiner"
  | "number"
  | "adjective"
  | "noun"
  | "verb"
  | "auxiliary"
  | "preposition"
  | "conjunction"
  | "pronoun"
  | "adverb"
  | "negator"
  | "possessive"
  | "punctuation"
  | "quoted"
  | "other";

/** A token with its part; tokens of one phrase of the lexicons share `phraseStart` and `phraseEnd`. */
export interface Word extends Token {
  readonly role: Role;
  /** Token range of the phrase that it belongs to. */
  readonly phraseStart: number;
  readonly phraseEnd: number;
  readonly noun?: NounForm;
  readonly spatial?: SpatialWord;
  readonly verb?: { readonly verb: ActionVerb; readonly form: VerbForm };
  /** Part of a set phrase, in which its words have no meaning of their own. */
  readonly fixed?: true;
}

/** A noun phrase: determiner, number, adjectives, nouns. Indices are of tokens; ends are exclusive. */
export interface NounPhrase {
  readonly start: number;
  readonly end: number;
  /** First noun. */
  readonly nounsStart: number;
  /** First token of the head as the lexicon knows it; the last token where it does not. */
  readonly headStart: number;
  readonly head?: NounForm;
  readonly determiner?: number;
  readonly number?: number;
  /** Follows another noun without anything between them, so that it may be a verb in truth. */
  readonly doubtful?: true;
}

const nounTable = new PhraseTable(nounForms);
const spatialTable = new PhraseTable(spatialWords.map((word) => [word.phrase, word] as const));
const fixedTable = new PhraseTable(fixedPhrases.map((phrase) => [phrase, true] as const));
const verbTable = verbsByForm();

const words = (list: string) => new Set(list.split(" "));
const determiners = words(
  "a an the this these those his her its their my your our some any each every another both all several many few",
);
const pronouns = words(
  "he she it they him them himself herself itself themselves who which that where whose what everything anything someone anyone everyone everybody something one's itself others each one ones",
);
const prepositions = words(
  "of with for to as like than during after before about since until per via plus despite upon throughout",
);
const conjunctions = words("and or but while because if when so nor yet although though whereas");
const auxiliaries = new Set([
  ...[...pluralAuxiliary].flat(),
  ..."be been being can could will would may might should must had did am don't doesn't didn't can't".split(" "),
]);
const negators = words("no not without never nobody nothing none neither nor cannot");
const adverbs = words(
  "very too just only still almost nearly quite slightly together away there here away exactly perfectly half once about mostly entirely also even partly gently softly brightly high low upside face back out",
);

function verbsByForm(): ReadonlyMap<string, { verb: ActionVerb; form: VerbForm }> {
  const table = new Map<string, { verb: ActionVerb; form: VerbForm }>();
  for (const verb of actionVerbs.values())
    for (const form of ["ing", "third", "base", "past"] as const) {
      const text = verbForm(verb.base, form);
      if (!table.has(text)) table.set(text, { verb, form });
    }
  return table;
}

/** Gives every token its part, from left to right. */
export function assignRoles(tokens: readonly Token[]): Word[] {
  const result: Word[] = [];
  while (result.length < tokens.length) result.push(...phraseAt(tokens, result));
  return result;
}

/** The next token or phrase after `before`. */
function phraseAt(tokens: readonly Token[], before: readonly Word[]): Word[] {
  const at = before.length;
  const token = tokens[at] as Token;
  if (token.kind !== "word") return [single(tokens, at, token.kind === "quoted" ? "quoted" : "punctuation")];
  if (isName(tokens, at))
    return [single(tokens, at, isPossessive(tokens, at) ? "possessive" : "noun", { fixed: true })];
  const noun = nounTable.match(tokens, at);
  const fixed = fixedTable.match(tokens, at);
  const spatial = spatialTable.match(tokens, at);
  if (spatial && spatial.length > 1 && spatial.length > (fixed?.length ?? 0))
    return span(tokens, at, spatial.length, "preposition", { spatial: spatial.value });
  if (fixed && fixed.length > (noun?.length ?? 0)) return fixedSpan(tokens, at, fixed.length);
  if (noun && noun.length > 1) return span(tokens, at, noun.length, "noun", { noun: noun.value });
  if (spatial && !isAdverbial(tokens, at)) return [single(tokens, at, "preposition", { spatial: spatial.value })];
  const closed = closedClassRole(token.lower);
  if (closed) return [single(tokens, at, closed)];
  return [openClassWord(tokens, before, noun?.value)];
}

/** A capital inside a sentence: a name, whose words mean nothing by themselves. */
function isName(tokens: readonly Token[], at: number): boolean {
  const { text, lower } = tokens[at] as Token;
  const previous = tokens[at - 1];
  if (!previous || !/^\p{Lu}/u.test(text) || previous.kind === "quoted" || /^[.!?:;("“]$/.test(previous.text))
    return false;
  return (
    text.length > 1 &&
    closedClassRole(lower) === undefined &&
    !namedThings.test(lower) &&
    !spatialTable.match(tokens, at)
  );
}

/** Words that begin with a capital and yet name kinds of things together with the next word. */
const namedThings = /^(christmas|ferris|japanese|chinese|persian|greek|dutch|french|art|3d)$/;

function single(tokens: readonly Token[], at: number, role: Role, extra: Partial<Word> = {}): Word {
  return { ...(tokens[at] as Token), role, phraseStart: at, phraseEnd: at + 1, ...extra };
}

function span(tokens: readonly Token[], at: number, length: number, role: Role, extra: Partial<Word> = {}): Word[] {
  return tokens
    .slice(at, at + length)
    .map((token) => ({ ...token, role, phraseStart: at, phraseEnd: at + length, ...extra }));
}

/** Set phrases count as nouns when they end in one and as adjectives otherwise. */
function fixedSpan(tokens: readonly Token[], at: number, length: number): Word[] {
  const last = tokens[at + length - 1] as Token;
  const nominal = nounForms.has(last.lower) || last.tags.has("Noun");
  return span(tokens, at, length, nominal ? "noun" : "adjective", { fixed: true });
}

/** "looks up", "turned on," and the like: a preposition before punctuation or the end. */
function isAdverbial(tokens: readonly Token[], at: number): boolean {
  const next = tokens[at + 1];
  return !next || (next.kind === "punctuation" && next.text !== "(");
}

function closedClassRole(lower: string): Role | undefined {
  if (negators.has(lower)) return "negator";
  if (lower !== "one" && pronouns.has(lower)) return "pronoun";
  if (determiners.has(lower)) return "determiner";
  if (numberValue(lower) !== undefined || lower === "dozen") return "number";
  if (auxiliaries.has(lower)) return "auxiliary";
  if (conjunctions.has(lower)) return "conjunction";
  if (prepositions.has(lower)) return "preposition";
  if (adverbs.has(lower)) return "adverb";
  return undefined;
}

function openClassWord(tokens: readonly Token[], before: readonly Word[], noun: NounForm | undefined): Word {
  const at = before.length;
  const token = tokens[at] as Token;
  if (isPossessive(tokens, at)) return single(tokens, at, "possessive");
  const verb = verbTable.get(token.lower);
  if (verb && isVerbHere(tokens, before, verb, noun !== undefined)) return single(tokens, at, "verb", { verb });
  if (attributeWords.has(token.lower) && isAdjectiveHere(tokens, before, noun !== undefined))
    return single(tokens, at, "adjective");
  if (noun) return single(tokens, at, "noun", { noun });
  if (verb?.form === "ing") {
    const next = tokens[at + 1];
    return single(tokens, at, next && isNominal(next) ? "adjective" : "noun", next && isNominal(next) ? { verb } : {});
  }
  if (attributeWords.has(token.lower)) return single(tokens, at, attributeFallback(token, before));
  return single(tokens, at, taggedRole(token, before, tokens[at + 1]));
}

function isPossessive(tokens: readonly Token[], at: number): boolean {
  const token = tokens[at] as Token;
  const next = tokens[at + 1];
  if (/'s$/.test(token.lower)) return true;
  return token.lower.endsWith("s") && (next?.text === "'" || next?.text === "’") && next.start === token.end;
}

const opening = new Set<Role>(["determiner", "number", "adjective", "possessive"]);

function isVerbHere(
  tokens: readonly Token[],
  before: readonly Word[],
  { verb, form }: NonNullable<Word["verb"]>,
  alsoNoun: boolean,
): boolean {
  const previous = before.at(-1);
  const next = tokens[before.length + 1];
  if (form === "ing") return next?.lower !== "of" && !alsoNoun && !(previous && opening.has(previous.role));
  if (form === "third") {
    const strange = verb.frame === "object" && /^(of|on|in)$/.test(next?.lower ?? "");
    const verbal = !alsoNoun || takesObject(next) || particles.has(next?.lower ?? "") || namesActor(previous);
    return !strange && verbal && followsSubject(before);
  }
  if (form === "base") return previous?.lower === "to" || (followsSubject(before) && !continuesCompound(before));
  return !(previous && opening.has(previous.role)) && !alsoNoun;
}

/** Particles of verbs ("rolls out"), which follow no noun. */
const particles = words("out up down away off back over");

/** A living being: what follows it in a form that may be a verb is one ("a grandmother rolls"). */
function namesActor(word: Word | undefined): boolean {
  return word?.noun !== undefined && isAnimate(word.noun.noun);
}

/** Whether an object may begin here: what tells "waves a flag" from "tall waves". */
function takesObject(next: Token | undefined): boolean {
  return next?.kind === "quoted" || (next !== undefined && determiners.has(next.lower));
}

/** After a noun or a pronoun, or joined to an earlier finite verb by "and". */
function followsSubject(before: readonly Word[]): boolean {
  let at = before.length - 1;
  while (before[at]?.role === "adverb") at--;
  const previous = before[at];
  if (!previous) return false;
  if (isColourAsNoun(before, at)) return true;
  if (previous.role === "conjunction") return before.some((word) => word.verb && word.verb.form !== "ing");
  return previous.role === "noun" || previous.role === "pronoun" || previous.role === "quoted";
}

/** "a beekeeper in white lifts ..." */
function isColourAsNoun(before: readonly Word[], at: number): boolean {
  return attributeWords.get(before[at]?.lower ?? "")?.subkind === "colour" && before[at - 1]?.lower === "in";
}

/** A base form after a singular noun begins no clause: "a desk play area". */
function continuesCompound(before: readonly Word[]): boolean {
  const previous = before.at(-1);
  return previous?.role === "noun" && !isPluralNoun(previous);
}

/** Whether a noun is plural, by the lexicon or by its tags. */
export function isPluralNoun(word: Word): boolean {
  return word.noun ? word.noun.plural : word.tags.has("Plural");
}

function isAdjectiveHere(tokens: readonly Token[], before: readonly Word[], alsoNoun: boolean): boolean {
  const at = before.length;
  const next = tokens[at + 1];
  const previous = before[at - 1];
  if (previous?.role === "auxiliary" && !alsoNoun) return true;
  if (next?.kind !== "word") return !alsoNoun && next?.text === "," && opening.has(previous?.role ?? "other");
  if (isNominal(next)) return true;
  if (next.lower === "and") return !alsoNoun && attributeWords.has(tokens[at + 2]?.lower ?? "");
  return attributeWords.has(next.lower) || next.tags.has("Adjective");
}

/** May stand as a noun, or as an adjective before one. */
function isNominal(token: Token): boolean {
  if (nounForms.has(token.lower) || attributeWords.has(token.lower)) return true;
  const lower = closedClassRole(token.lower);
  return lower === undefined && (token.tags.has("Noun") || token.tags.has("Adjective")) && !isFinite3(token);
}

function isFinite3(token: Token): boolean {
  return token.tags.has("PresentTense") && !token.tags.has("Gerund");
}

function attributeFallback(token: Token, before: readonly Word[]): Role {
  if (before.at(-1)?.role === "auxiliary") return "adjective";
  return token.tags.has("Noun") ? "noun" : "adjective";
}

function taggedRole(token: Token, before: readonly Word[], next: Token | undefined): Role {
  const { tags } = token;
  if (/lit$/.test(token.lower) && token.lower.length > 4) return "adjective";
  const previous = before.at(-1);
  if (tags.has("Verb") || tags.has("Gerund")) {
    const modifier = previous && opening.has(previous.role);
    return modifier && next && isNominal(next) ? "adjective" : modifier ? "noun" : "verb";
  }
  if (tags.has("Noun")) return "noun";
  if (tags.has("Adjective") || shadeModifiers.has(token.lower)) return "adjective";
  if (tags.has("Adverb")) return "adverb";
  if (tags.has("Preposition")) return "preposition";
  if (tags.has("Conjunction")) return "conjunction";
  if (tags.has("Value")) return "number";
  return "other";
}

/** @returns the noun phrases of a prompt, in order; they do not overlap. */
export function nounPhrases(roles: readonly Word[]): NounPhrase[] {
  const phrases: NounPhrase[] = [];
  for (let at = 0; at < roles.length; ) {
    const phrase = nounPhraseAt(roles, at, phrases.at(-1));
    if (phrase) phrases.push(phrase);
    at = phrase ? phrase.end : at + 1;
  }
  return phrases;
}

function nounPhraseAt(roles: readonly Word[], start: number, previous: NounPhrase | undefined): NounPhrase | undefined {
  let at = start;
  let determiner: number | undefined;
  let number: number | undefined;
  if (roles[at]?.role === "determiner" || roles[at]?.role === "possessive") determiner = at++;
  if (roles[at]?.role === "determiner") at++;
  at = skipModifiers(roles, at, (index) => {
    number ??= index;
  });
  const nounsStart = at;
  while (roles[at]?.role === "noun") {
    at++;
    if (isPluralNoun(roles[at - 1] as Word) && roles[at]?.phraseStart === at) break;
  }
  if (at === nounsStart) return undefined;
  const last = roles[at - 1] as Word;
  const headStart = last.noun ? last.phraseStart : at - 1;
  return {
    start,
    end: at,
    nounsStart,
    headStart,
    ...(last.noun ? { head: last.noun } : {}),
    ...(determiner === undefined ? {} : { determiner }),
    ...(number === undefined ? {} : { number }),
    ...(previous?.end === start && start === nounsStart ? { doubtful: true as const } : {}),
  };
}

/** Numbers, adjectives, and the commas and conjunctions among adjectives. */
function skipModifiers(roles: readonly Word[], start: number, onNumber: (index: number) => void): number {
  let at = start;
  for (;;) {
    const role = roles[at]?.role;
    if (role === "number") onNumber(at++);
    else if (role === "adjective" || role === "possessive") at++;
    else if (role === "adverb" && (roles[at + 1]?.role === "adjective" || roles[at + 1]?.role === "number")) at++;
    else if (joinsAdjectives(roles, at, start)) at++;
    else return at;
  }
}

function joinsAdjectives(roles: readonly Word[], at: number, start: number): boolean {
  const word = roles[at];
  if (!word || at === start || (word.text !== "," && word.lower !== "and")) return false;
  return roles[at - 1]?.role === "adjective" && roles[at + 1]?.role === "adjective";
}
