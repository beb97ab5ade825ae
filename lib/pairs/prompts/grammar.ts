/** English word forms: articles, plurals, verb forms, number words, capitals. */
import nlp from "compromise/two";
import { irregularVerbs } from "./lexicon/relations.js";

/** The part of compromise's transformations that is used here; its own types leave it open. */
interface Transformations {
  readonly noun: {
    toPlural(word: string, model: unknown): string;
    toSingular(word: string, model: unknown): string;
  };
  readonly verb: {
    toInfinitive(word: string, model: unknown, tense: string): string;
    conjugate(
      word: string,
      model: unknown,
    ): { readonly PresentTense: string; readonly Gerund: string; readonly PastTense: string };
  };
}

const { transform } = (nlp as unknown as { methods(): { two: { transform: Transformations } } }).methods().two;
const model = (nlp as unknown as { model(): unknown }).model();

/** Words whose first letter misleads about the sound they begin with. */
const vowelSound =
  /^(?:hour|honest|honou?r|heir|8|11(?:\D|$)|18(?:\D|$)|x-ray|mri|suv|fbi|led(?:\W|$)|lcd|nba|sos|html)/i;
const consonantSound = /^(?:uni(?![mn])|use|usu|uto|ura|uk(?:\W|$)|usb|ufo|eu|ewe|one(?:\W|$)|once|ukulele)/i;

/** @returns "a" or "an", as the sound of the next word asks. */
export function articleFor(next: string): "a" | "an" {
  const word = next.trimStart();
  if (vowelSound.test(word)) return "an";
  if (consonantSound.test(word)) return "a";
  return /^[aeiouàâéèêæœ]/i.test(word) ? "an" : "a";
}

/** @returns the plural of a noun or of the head of a noun phrase ("loaf of bread" gives "loaves of bread"). */
export function pluralOf(noun: string): string {
  return onHead(noun, (head) => transform.noun.toPlural(head, model));
}

/** @returns the singular of a plural noun, by its last word; a guess for words that no dictionary holds. */
export function singularOf(noun: string): string {
  return onHead(noun, (head) => {
    const singular = transform.noun.toSingular(head, model);
    return pluralOf(singular) === head ? singular : head.replace(/(?<=[^s])s$/, "");
  });
}

function onHead(noun: string, change: (head: string) => string): string {
  const [, before, head, after] = /^(.*?)([^ ]+?)( of .*)?$/.exec(noun) as RegExpExecArray;
  return `${before}${change(head as string)}${after ?? ""}`;
}

/** Form of a verb: "hold", "holds", "holding", "held". */
export type VerbForm = "base" | "third" | "ing" | "past";

/** @param base bare infinitive. */
export function verbForm(base: string, form: VerbForm): string {
  if (form === "base") return base;
  const irregular = irregularVerbs[base];
  if (irregular) return irregular[form === "third" ? 0 : form === "ing" ? 1 : 2];
  const forms = transform.verb.conjugate(base, model);
  return form === "third" ? forms.PresentTense : form === "ing" ? forms.Gerund : forms.PastTense;
}

/** @returns the bare infinitive of a third person singular form. */
export function infinitiveOf(third: string): string {
  return transform.verb.toInfinitive(third, model, "PresentTense");
}

/** Third person singular forms and their plurals. */
const auxiliaries: readonly (readonly [singular: string, plural: string])[] = [
  ["is", "are"],
  ["was", "were"],
  ["has", "have"],
  ["does", "do"],
  ["isn't", "aren't"],
  ["wasn't", "weren't"],
];
export const pluralAuxiliary: ReadonlyMap<string, string> = new Map(auxiliaries);

const units =
  "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen twenty".split(
    " ",
  );
const numbers: ReadonlyMap<string, number> = new Map([
  ...units.map((word, value) => [word, value] as const),
  ["thirty", 30],
  ["forty", 40],
  ["fifty", 50],
  ["hundred", 100],
]);

/** @returns the value of a number word or of digits, undefined for anything else. */
export function numberValue(word: string): number | undefined {
  if (/^\d{1,4}$/.test(word)) return Number(word);
  return numbers.get(word.toLowerCase());
}

/** @param like the number that it replaces: digits stay digits. */
export function numberText(value: number, like = ""): string {
  if (/^\d/.test(like)) return String(value);
  return units[value] ?? [...numbers].find(([, known]) => known === value)?.[0] ?? String(value);
}

/** Gives `word` the capitals of what it replaces: a capital first letter, or all capitals. */
export function withCaseOf(like: string, word: string): string {
  if (like.length > 1 && like === like.toUpperCase() && like !== like.toLowerCase()) return word.toUpperCase();
  const first = like[0] ?? "";
  return first !== first.toLowerCase() ? capitalised(word) : word;
}

/** First letter in upper case. */
export function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
