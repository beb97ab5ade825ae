/** What a chat model is asked for. */
import type { Random } from "../random.js";
import { type Prompt, type PromptCategory, promptCategories, promptFeatures } from "./prompt.js";

export interface Wish {
  readonly category: PromptCategory;
  /** How many prompts. */
  readonly count: number;
  /** Prompts that show what is meant. */
  readonly examples: readonly Prompt[];
  /** Of the latest prompts of the category: what has been said already. */
  readonly avoid: readonly string[];
}

export interface ChatMessage {
  readonly role: "system" | "user";
  readonly content: string;
}

const features = Object.entries(promptFeatures);

/** Wishes differ in what they stress, so that a model does not answer each in the same way. */
const stresses = [
  "Make some of them fragments of three to eight words.",
  "Make one of them long: three or four sentences, up to sixty words.",
  "Let half of them name exact numbers of things, between one and twelve.",
  "Let some of them say what must not be in the picture.",
  "Let some of them put a short text into the picture, in double quotes.",
  "Name media other than photography: watercolour, pixel art, woodcut, 3D render, mosaic, ink and others.",
  "Say from where and through which lens the picture is seen.",
  "Say where the light comes from, and what the weather is like.",
  "Let things stand in clear places to one another: left of, behind, under, between.",
  "Contrast sizes, materials and surfaces.",
] as const;

/** The chat messages that ask for prompts. */
export function chatMessages({ category, count, examples, avoid }: Wish, random: Random): ChatMessage[] {
  const stressed = random.shuffle(stresses).slice(0, 2);
  const shown = examples.map(({ text, categories, features }) => JSON.stringify({ text, categories, features }));
  const said =
    avoid.length === 0
      ? ""
      : `\n\nWritten already; write nothing like these:\n${avoid.map((text) => `- ${text}`).join("\n")}`;
  const content = `Write ${count} new prompts of the category "${category}" (${promptCategories[category]}).

Examples of prompts, one JSON object a line:
${shown.join("\n")}

${stressed.join("\n")}${said}

Answer with JSON and nothing else:
{"prompts": [{"text": "…", "categories": ["${category}", …], "features": […]}]}`;
  return [
    { role: "system", content: instructions },
    { role: "user", content },
  ];
}

const list = (entries: readonly (readonly [string, string])[]) =>
  entries.map(([id, what]) => `- ${id}: ${what}`).join("\n");

const instructions = `You write prompts for text-to-image models, in English. The prompts test how well a picture follows them, so each is
concrete: one scene that can be drawn, and that a person can check against the picture. They differ in subject, wording, length
and style. No living persons, brands, or sexual or violent content; no words that only praise the picture, such as "masterpiece".

Categories; a prompt has every one that fits:
${list(Object.entries(promptCategories))}

Features of the wording; a prompt has every one that fits:
${list(features)}`;
