// Writes the families' section of docs/pairs.md and its pictures, docs/pairs/<family>.webp, from the committed fixtures.
//
//   node scripts/pairs/family-docs.mjs
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import sharp from "sharp";
import { buildPairs } from "../../dist/pairs/build/build.js";
import { defaultBuildOptions } from "../../dist/pairs/build/options.js";
import { allFamilies } from "../../dist/pairs/families.js";
import { PairManifest } from "../../dist/pairs/manifest/read.js";
import { cells, sameCell } from "../../dist/pairs/manifest/stats.js";
import { pipeline } from "../../dist/pairs/raster.js";
import { makeSources } from "../../test/support/sources.js";

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const page = join(root, "docs", "pairs.md");
const pictures = join(root, "docs", "pairs");
const [begin, end] = ["<!-- families: written by scripts/pairs/family-docs.mjs -->", "<!-- /families -->"];

/** Levels shown beside the good picture. */
const shown = [1, 3, 5];
const height = 150;

// Every family on every fixture; each family then shows another picture.
const folder = mkdtempSync(join(tmpdir(), "eliq-docs-"));
await makeSources(join(folder, "sources"));
const options = { data: join(folder, "sources"), out: join(folder, "pairs"), perImage: 0, pairings: 0, testShare: 0 };
await buildPairs({ ...defaultBuildOptions, ...options, workers: 2 });
const manifest = await PairManifest.open(join(folder, "pairs"));
const units = [];
for await (const unit of manifest.units()) units.push(unit);

rmSync(pictures, { recursive: true, force: true });
mkdirSync(pictures, { recursive: true });
const sections = [];
let turn = 0;
for (const cell of cells) {
  const members = allFamilies.filter((family) => sameCell(family.cell, cell));
  sections.push(`### ${cell.origin === "aigc" ? "AIGC" : "Conventional"} ${cell.dimension}`);
  for (const family of members) sections.push(await describe(family, turn++));
}
const text = readFileSync(page, "utf8");
const [before, after] = [text.indexOf(begin), text.indexOf(end)];
if (before < 0 || after < before) throw new Error(`${page} has no section for families.`);
writeFileSync(page, `${text.slice(0, before + begin.length)}\n\n${sections.join("\n\n")}\n\n${text.slice(after)}`);
rmSync(folder, { recursive: true });
console.log(`docs/pairs.md: ${allFamilies.length} families, ${readdirSync(pictures).length} pictures`);

/** One family: a sentence, what it orders, a picture. */
async function describe(family, turn) {
  const { unit, chain } = example(family.name, turn);
  const lines = [`**${family.name}.** ${family.summary} Orders ${list(chain.aspects)}.${promises(family)}`];
  const picture = manifest.pictures(unit);
  const onPrompts = chain.levels.every(({ side }) => side.image === 0);
  const places = onPrompts ? [0] : [0, ...shown.flatMap((level) => chain.levels[level - 1]?.side.image ?? [])];
  const file = `${family.name}.webp`;
  await strip(await Promise.all(places.map(picture)), join(pictures, file));
  const levels = shown.filter((level) => chain.levels[level - 1]);
  const alt = onPrompts ? `${family.name}: the picture` : `${family.name}: the good picture and levels ${list(levels)}`;
  lines.push(`![${alt}](pairs/${file})`);
  if (onPrompts)
    lines.push(
      [`> good: ${unit.prompts[0].text}`]
        .concat(chain.levels.map(({ side }, i) => `> level ${i + 1}: ${unit.prompts[side.prompt].text}`))
        .join("  \n"),
    );
  return lines.join("\n\n");
}

/** A chain of the family with as many levels as there are, of the next picture in turn. */
function example(name, turn) {
  const found = units.flatMap((unit) => {
    const chain = unit.chains.find(({ families }) => families.length === 1 && families[0] === name);
    return chain ? [{ unit, chain }] : [];
  });
  const most = Math.max(...found.map(({ chain }) => chain.levels.length));
  const longest = found.filter(({ chain }) => chain.levels.length === most);
  return longest[(turn * 5) % longest.length];
}

function promises(family) {
  const kept = (family.keeps ?? []).map(({ what }) => what);
  const local = family.local ? " Changes less than 60 % of the pixels." : "";
  return kept.length > 0 ? `${local} Level 5 keeps: ${kept.join("; ")}.` : local;
}

function list(items) {
  return items.join(", ");
}

async function strip(rasters, path) {
  const panels = await Promise.all(
    rasters.map((raster) => pipeline(raster).resize({ height, width: 225, fit: "cover" }).png().toBuffer()),
  );
  const gap = 6;
  await sharp({
    create: { width: panels.length * (225 + gap) - gap, height, channels: 3, background: "#ffffff" },
  })
    .composite(panels.map((input, i) => ({ input, left: i * (225 + gap), top: 0 })))
    .webp({ quality: 80 })
    .toFile(path);
}
