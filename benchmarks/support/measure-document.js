// @ts-check
import { families } from "../../dist/pairs/degradations/index.js";
import { figure, RULES } from "./family-rules.js";

/**
 * @typedef {import("../../dist/pairs/degradations/index.js").DegradationFamily} DegradationFamily
 * @typedef {{ own: number, ssim: number, ciede2000: number, changed: number }} Level
 *
 * @typedef {object} MeasuredChain a family's chain on one picture
 * @property {string} picture
 * @property {number} order Spearman's correlation of level and declared measure, positive in the declared direction
 * @property {string[]} broken rules that it breaks, in words
 * @property {Level[]} levels mild to severe
 * @property {number[]} kept values at the worst level of the measures in `keeps`, in their order
 *
 * @typedef {{ name: string, chains: MeasuredChain[] }} MeasuredFamily
 */

/**
 * The document: for each cell of the grid what is promised and what was found, and the values of every level.
 *
 * @param {readonly MeasuredFamily[]} measured @param {number} side of the pictures, px @returns {string} Markdown
 */
export function measureDocument(measured, side) {
  const byName = new Map(measured.map((family) => [family.name, family.chains]));
  const cells = [...new Set(families.map(cellName))];
  return [
    introduction(measured, side),
    ...cells.flatMap((cell) => {
      const members = families.filter((family) => cellName(family) === cell);
      const pairs = members.map((family) => ({ family, chains: byName.get(family.name) ?? [] }));
      return [`## ${cell[0]?.toUpperCase()}${cell.slice(1)}`, promiseTable(pairs), valueTable(pairs)];
    }),
  ].join("\n\n");
}

/** @param {DegradationFamily} family */
function cellName({ cell }) {
  return `${cell.origin === "aigc" ? "AIGC" : cell.origin} ${cell.dimension}`;
}

/** @param {readonly MeasuredFamily[]} measured @param {number} side */
function introduction(measured, side) {
  const pictures = measured[0]?.chains.length ?? 0;
  const broken = measured.filter(({ chains }) => chains.some((chain) => chain.broken.length > 0));
  return `# What each level does to a picture

Written by \`node benchmarks/pairs-measures.js\`; do not edit. ${measured.length} families, each at five levels on the ${pictures} pictures of
\`test/fixtures/pairs/images\` at up to ${side} x ${side} px, one chain per picture. Measures compare a level with the clean picture;
\`lib/pairs/measures\` defines them. The tests hold every family to the same rules on the same pictures at 256 x 256 px:

* the family's own measure follows the level: Spearman's correlation is at least ${RULES.order} on every picture;
* level 1 is visible: SSIM at most ${RULES.visibleSsim} or mean CIEDE2000 at least ${RULES.visibleColour} on every picture;
* level 5 keeps what the family promises to keep, on every picture;
* local families change less than ${100 * RULES.localShare} % of the pixels (some channel by more than 8 of 255) at every level.

${broken.length === 0 ? "Every rule holds for every family." : `**Rules are broken by: ${broken.map(({ name }) => name).join(", ")}.**`}
Values are means over the pictures, with the range in parentheses.`;
}

/** @param {readonly { family: DegradationFamily, chains: MeasuredChain[] }[]} pairs */
function promiseTable(pairs) {
  return markdown(
    ["family", "own measure", "lowest order", "level 1", "level 5 keeps (worst of the pictures)", "rules"],
    pairs.map(({ family, chains }) => [
      family.name,
      `${family.measure.name} ${family.measure.direction}`,
      figure(Math.min(...chains.map((chain) => chain.order))),
      faintest(chains),
      promises(family, chains),
      brokenCell(chains),
    ]),
  );
}

/** The picture on which level 1 is seen least. @param {readonly MeasuredChain[]} chains */
function faintest(chains) {
  const first = chains.map((chain) => /** @type {Level} */ (chain.levels[0]));
  const least = first.reduce((a, b) => (visibility(b) < visibility(a) ? b : a));
  return `SSIM ${least.ssim.toFixed(3)}, CIEDE2000 ${least.ciede2000.toFixed(1)}`;
}

/** At least 1: visible by the rule. @param {Level} level */
function visibility({ ssim, ciede2000 }) {
  return Math.max((1 - ssim) / (1 - RULES.visibleSsim), ciede2000 / RULES.visibleColour);
}

/** @param {DegradationFamily} family @param {readonly MeasuredChain[]} chains */
function promises(family, chains) {
  const lines = family.keeps.map(({ what, measure, atLeast, atMost }, i) => {
    const values = chains.map(({ kept }) => Number(kept[i]));
    const bounds = [];
    if (atLeast !== undefined) bounds.push(`at least ${atLeast} (${figure(Math.min(...values))})`);
    if (atMost !== undefined) bounds.push(`at most ${atMost} (${figure(Math.max(...values))})`);
    return `${what}: ${measure} ${bounds.join(", ")}`;
  });
  if (family.local) {
    const widest = Math.max(...chains.flatMap(({ levels }) => levels.map(({ changed }) => changed)));
    lines.push(`local: changes at most ${(100 * widest).toFixed(0)} % at any level`);
  }
  return lines.join("; ");
}

/** @param {readonly MeasuredChain[]} chains */
function brokenCell(chains) {
  const broken = chains.filter((chain) => chain.broken.length > 0);
  return broken.length === 0 ? "hold" : `**broken on ${broken.map(({ picture }) => picture).join(", ")}**`;
}

/** @param {readonly { family: DegradationFamily, chains: MeasuredChain[] }[]} pairs */
function valueTable(pairs) {
  return markdown(
    ["family", "level", "own measure", "SSIM", "CIEDE2000", "changed, %"],
    pairs.flatMap(({ family, chains }) =>
      (chains[0]?.levels ?? []).map((_, at) => {
        const levels = chains.map((chain) => /** @type {Level} */ (chain.levels[at]));
        return [
          family.name,
          String(at + 1),
          range(
            levels.map(({ own }) => own),
            figure,
          ),
          range(
            levels.map(({ ssim }) => ssim),
            (value) => value.toFixed(3),
          ),
          range(
            levels.map(({ ciede2000 }) => ciede2000),
            (value) => value.toFixed(1),
          ),
          range(
            levels.map(({ changed }) => 100 * changed),
            (value) => value.toFixed(0),
          ),
        ];
      }),
    ),
  );
}

/** "mean (least to most)" @param {number[]} values @param {(value: number) => string} show */
function range(values, show) {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return `${show(mean)} (${show(Math.min(...values))} to ${show(Math.max(...values))})`;
}

/** @param {string[]} columns @param {string[][]} rows */
function markdown(columns, rows) {
  const line = (/** @type {string[]} */ cells) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(columns), `|${"---|".repeat(columns.length)}`, ...rows.map(line)].join("\n");
}
