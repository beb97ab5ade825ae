/** `eliq prompts list`. */
import { parseArgs } from "node:util";
import { categoryIds, featureIds, promptCategories, promptFeatures } from "../../../pairs/prompts/prompt.js";
import { shippedPrompts, shippedSet } from "../../../pairs/prompts/shipped.js";
import { exitCode } from "../../usage.js";
import { chooseFrom } from "./labels.js";

const describe = (labels: Readonly<Record<string, string>>) =>
  Object.entries(labels)
    .map(([id, what]) => `  ${id.padEnd(18)} ${what}`)
    .join("\n");

const help = `Usage: eliq prompts list [options]

Prints the prompts that eliq comes with, one a line: the set ${shippedSet.name}, version ${shippedSet.version}.

Options:
  --category <a,b>   only prompts with one of these categories
  --feature <a,b>    only prompts with one of these features
  --jsonl            one JSON object a line: {"id", "text", "categories", "features"}
  -h, --help         this text

Categories:
${describe(promptCategories)}

Features:
${describe(promptFeatures)}

Examples:
  eliq prompts list --category food,people > prompts.txt
  eliq prompts list --feature text-in-image --jsonl
`;

const options = {
  category: { type: "string", multiple: true },
  feature: { type: "string", multiple: true },
  jsonl: { type: "boolean" },
  help: { type: "boolean", short: "h" },
} as const;

/** @returns the exit code. */
export async function run(args: string[]): Promise<number> {
  const { values } = parseArgs({ args, options });
  if (values.help) {
    process.stdout.write(help);
    return exitCode.ok;
  }
  const categories = chooseFrom(categoryIds, values.category, "--category");
  const features = chooseFrom(featureIds, values.feature, "--feature");
  const chosen = (await shippedPrompts()).filter(
    (prompt) =>
      (categories?.some((category) => prompt.categories.includes(category)) ?? true) &&
      (features?.some((feature) => prompt.features.includes(feature)) ?? true),
  );
  process.stdout.write(chosen.map((prompt) => `${values.jsonl ? JSON.stringify(prompt) : prompt.text}\n`).join(""));
  return exitCode.ok;
}
