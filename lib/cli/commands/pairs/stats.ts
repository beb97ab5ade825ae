/** `eliq pairs stats`. */
import { parseArgs } from "node:util";
import { recordedFamilies } from "../../../pairs/families.js";
import { PairManifest } from "../../../pairs/index.js";
import {
  cells,
  collectStats,
  emptyCells,
  type FamilyCount,
  type PairStats,
  sameCell,
} from "../../../pairs/manifest/stats.js";
import { exitCode, UsageError } from "../../usage.js";

const help = `Usage: eliq pairs stats [options] <manifest|folder>
       eliq pairs stats --families

Counts the chains of each family in ELIQ's grid of {conventional, aigc} x {technical, aesthetic, alignment}, and what else
a manifest holds. Fails when a cell of the grid has no chain.

Options:
  --families           list every family that eliq knows, with its cell and what it does; reads no manifest
  --json               print JSON
  -h, --help           this text

Examples:
  eliq pairs stats pairs
  eliq pairs stats --families

Exit codes: 0 every cell has chains; 1 a cell is empty; 2 wrong usage; 3 the manifest cannot be read, is damaged or leaks.
`;

const options = {
  families: { type: "boolean" },
  json: { type: "boolean" },
  help: { type: "boolean", short: "h" },
} as const;

/** @returns the exit code. */
export async function run(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({ args, options, allowPositionals: true });
  if (values.help) {
    process.stdout.write(help);
    return exitCode.ok;
  }
  if (values.families) {
    process.stdout.write(values.json ? `${JSON.stringify(knownFamilies(), null, 2)}\n` : familyList());
    return exitCode.ok;
  }
  const [path] = positionals;
  if (path === undefined || positionals.length > 1) throw new UsageError("Give one manifest, or --families.");
  const stats = await collectStats(await PairManifest.open(path));
  process.stdout.write(values.json ? `${JSON.stringify(stats, null, 2)}\n` : table(stats));
  const empty = emptyCells(stats).map(({ origin, dimension }) => `${origin} ${dimension}`);
  if (empty.length === 0) return exitCode.ok;
  process.stderr.write(
    `eliq: no chain in ${empty.join(", ")}. Build with families of that cell (\`eliq pairs stats --families\`) and, for alignment, images with prompts; weaker-generator needs a strength.\n`,
  );
  return exitCode.someFailed;
}

function knownFamilies() {
  return recordedFamilies.map(({ name, cell, aspects, summary }) => ({ name, cell, aspects, summary }));
}

function familyList(): string {
  const lines = cells.flatMap((cell) => [
    `${cell.origin} ${cell.dimension}`,
    ...knownFamilies()
      .filter((family) => sameCell(family.cell, cell))
      .map(({ name, summary }) => `  ${name.padEnd(24)} ${summary}`),
    "",
  ]);
  return lines.join("\n");
}

function table(stats: PairStats): string {
  const count = (cell: FamilyCount["cell"]) => stats.families.filter((family) => sameCell(family.cell, cell));
  const lines: string[] = [];
  for (const cell of cells) {
    const members = count(cell);
    const chains = members.reduce((sum, family) => sum + family.chains, 0);
    lines.push(`${cell.origin} ${cell.dimension}: ${chains} chains of ${members.length} families`);
    for (const { name, chains: own, levels, combined } of members)
      lines.push(
        `  ${name.padEnd(24)} ${String(own).padStart(7)} chains ${String(levels).padStart(8)} levels ${String(combined).padStart(7)} in combinations`,
      );
  }
  const { units, groups, end } = stats;
  const pairs = Object.entries(stats.relations).map(([aspect, number]) => `${number} ${aspect}`);
  lines.push(
    "",
    `train: ${units.train} images in ${groups.train} groups; test: ${units.test} in ${groups.test}.`,
    `${stats.withPrompt} with a prompt; ${Object.entries(stats.kinds)
      .map(([kind, number]) => `${number} ${kind}`)
      .join(", ")}.`,
    `${end.images} pictures; neighbouring pairs: ${pairs.join(", ")}.`,
  );
  return `${lines.join("\n")}\n`;
}
