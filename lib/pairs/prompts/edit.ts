/**
 * Edited prompts: the text side of alignment negatives. An edit changes one slot to something that contradicts it, so that the
 * picture of the old prompt does not show the new one; the number of edits is the severity.
 */
import { EliqError } from "../../errors.js";
import type { Random } from "../random.js";
import { type EditKind, editKinds } from "./edit-kinds.js";
import { attributeProposals } from "./edits/attributes.js";
import { countProposals } from "./edits/counts.js";
import { negationProposals } from "./edits/negations.js";
import { objectProposals } from "./edits/objects.js";
import type { Change, Proposal } from "./edits/proposal.js";
import { relationProposals } from "./edits/relations.js";
import { styleProposals } from "./edits/styles.js";
import { type ParsedPrompt, parsePrompt } from "./parse.js";
import { overlaps, quotedSpans, type Span } from "./tokens.js";

export { type EditKind, editKinds } from "./edit-kinds.js";

/** One edit of a prompt. Offsets are UTF-16 and refer to the prompt before this edit. */
export interface PromptEdit extends Change {
  readonly kind: EditKind;
  /** What an attribute is about, how a count or a relation is said, whether a negation was "added" or "removed", an object's class. */
  readonly subkind?: string;
  /** The prompt after the edit. */
  readonly text: string;
  /** Changes outside the slot that agreement asks for: a/an, the counted noun, the verb. */
  readonly repairs: readonly Change[];
}

const proposers: Readonly<Record<EditKind, (parsed: ParsedPrompt) => Proposal[]>> = {
  object: objectProposals,
  attribute: attributeProposals,
  count: countProposals,
  relation: relationProposals,
  style: styleProposals,
  negation: negationProposals,
};

/**
 * Changes exactly one slot of a kind to a value that contradicts it.
 *
 * @param text a prompt in English.
 * @returns undefined when the prompt has no slot of this kind that is certain enough to be changed.
 */
export function editPrompt(text: string, kind: EditKind, random: Random): PromptEdit | undefined {
  return editAround(parsePrompt(text), kind, random, []);
}

/**
 * Levels of edits: level k has k edits of different slots, the first of the named kind and the others of any kind; each level
 * begins with the edits of the level before it, and each edit changes the text that the one before it left.
 *
 * @param levels the most levels wanted, at least 1.
 * @returns as many levels as the prompt has slots for; empty when it has none of the named kind.
 */
export function gradedEdits(text: string, kind: EditKind, levels: number, random: Random): PromptEdit[][] {
  if (!Number.isInteger(levels) || levels < 1)
    throw new EliqError("ERR_INVALID_ARGUMENT", `levels is ${levels}; give a whole number of at least 1.`);
  const edits: PromptEdit[] = [];
  let locked: Span[] = [];
  while (edits.length < levels) {
    const current = edits.at(-1)?.text ?? text;
    const kinds = edits.length === 0 ? [kind] : random.shuffle(editKinds);
    const edit = firstEdit(current, kinds, random, locked);
    if (!edit) break;
    edits.push(edit);
    locked = lockedAfter(locked, edit);
  }
  return edits.map((_, i) => edits.slice(0, i + 1));
}

function firstEdit(
  text: string,
  kinds: readonly EditKind[],
  random: Random,
  locked: readonly Span[],
): PromptEdit | undefined {
  const parsed = parsePrompt(text);
  for (const kind of kinds) {
    const edit = editAround(parsed, kind, random, locked);
    if (edit) return edit;
  }
  return undefined;
}

function editAround(
  parsed: ParsedPrompt,
  kind: EditKind,
  random: Random,
  locked: readonly Span[],
): PromptEdit | undefined {
  for (const proposal of random.shuffle(proposals(parsed, kind, locked))) {
    const edit = toEdit(parsed.text, proposal, random);
    if (edit.repairs.every((repair) => !locked.some((span) => overlaps(span, spanOf(repair))))) return edit;
  }
  return undefined;
}

/** Quoted text and earlier edits are out of reach. */
function proposals(parsed: ParsedPrompt, kind: EditKind, locked: readonly Span[]): Proposal[] {
  const quoted = quotedSpans(parsed.text);
  return proposers[kind](parsed).filter(
    ({ slot, scope }) =>
      !quoted.some((span) => overlaps(span, slot)) && !locked.some((span) => overlaps(span, scope ?? slot)),
  );
}

function toEdit(text: string, { kind, subkind, slot, make }: Proposal, random: Random): PromptEdit {
  const { after, repairs } = make(random);
  const change = { start: slot.start, before: text.slice(slot.start, slot.end), after };
  return { kind, ...(subkind ? { subkind } : {}), text: applyChanges(text, [change, ...repairs]), ...change, repairs };
}

function spanOf({ start, before }: Change): Span {
  return { start, end: start + before.length };
}

function applyChanges(text: string, changes: readonly Change[]): string {
  let result = text;
  for (const { start, before, after } of [...changes].sort((a, b) => b.start - a.start))
    result = result.slice(0, start) + after + result.slice(start + before.length);
  return result;
}

/** Where the locked spans and the edit's own changes lie in the text after the edit. */
function lockedAfter(locked: readonly Span[], edit: PromptEdit): Span[] {
  const changes: readonly Change[] = [edit, ...edit.repairs];
  const shift = (offset: number) =>
    changes.reduce(
      (sum, { start, before, after }) => (start < offset ? sum + after.length - before.length : sum),
      offset,
    );
  const own = changes.map(({ start, after }) => ({ start: shift(start), end: shift(start) + after.length }));
  return [...locked.map(({ start, end }) => ({ start: shift(start), end: shift(start) + end - start })), ...own];
}

/**
 * Whether an edit does what it says and nothing else: `before` and the repairs stand in the prompt at their places, do not
 * overlap, touch no quoted text, and replacing them gives the edit's text.
 *
 * @param prompt the prompt before the edit.
 */
export function isExactEdit(prompt: string, edit: PromptEdit): boolean {
  const changes: readonly Change[] = [edit, ...edit.repairs];
  if (edit.before === edit.after) return false;
  const spans = changes.map(spanOf);
  const stands = changes.every(({ start, before }) => before.length > 0 && prompt.startsWith(before, start));
  const apart = spans.every((span, i) => spans.every((other, j) => i === j || !overlaps(span, other)));
  const unquoted = !quotedSpans(prompt).some((quoted) => spans.some((span) => overlaps(quoted, span)));
  return stands && apart && unquoted && applyChanges(prompt, changes) === edit.text;
}
