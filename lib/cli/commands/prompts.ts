/** `eliq prompts`. */
import { dispatch } from "../subcommands.js";

const subcommands = {
  list: "print the prompts that eliq comes with",
  lint: "check sets of prompts: duplicates, length, characters, balance",
  write: "have a chat model write new prompts",
} as const;

const about = `Prompts for image generators: eliq's own set, checks for yours, and a writer of new ones. Categories are indoor, urban,
nature, people, objects, food and events.`;

const examples = [
  "eliq prompts list --category food > prompts.txt",
  "eliq prompts lint my-prompts.csv",
  "eliq prompts write --endpoint http://127.0.0.1:8080/v1 --model my-model --out new.jsonl",
];

/** @returns the exit code. */
export function run(args: string[]): Promise<number> {
  return dispatch({ name: "prompts", about, examples }, subcommands, args);
}
