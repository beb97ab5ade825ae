// @ts-check
/// <reference lib="dom" />
// The gallery in a real browser: a decoded picture for every family and level, and nothing to complain about.
import { spawnSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import t from "tap";
import { editFamilies, pairingFamilies } from "../../dist/pairs/alignment/families.js";
import { levels } from "../../dist/pairs/degradations/index.js";
import { allFamilies } from "../../dist/pairs/families.js";
import { PairManifest } from "../../dist/pairs/manifest/read.js";
import { complaintsOf, launchBrowser, withoutBrowser } from "../support/browser.js";
import { makeSources } from "../support/sources.js";

const main = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));
const eliq = (/** @type {string[]} */ ...args) => spawnSync(process.execPath, [main, ...args], { encoding: "utf8" });

/** The most levels that a manifest's chains have, by family. @param {string} path */
async function longestChains(path) {
  /** @type {Map<string, number>} */
  const longest = new Map();
  const manifest = await PairManifest.open(path);
  for await (const { chains } of manifest.units())
    for (const { families, levels } of chains)
      if (families.length === 1)
        longest.set(String(families[0]), Math.max(longest.get(String(families[0])) ?? 0, levels.length));
  return longest;
}

t.test("gallery", { skip: withoutBrowser(), timeout: 300_000 }, async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "eliq-gallery-"));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  await makeSources(join(folder, "sources"));
  const page = join(folder, "gallery.html");
  const all = ["--per-image", "0", "--pairings", "0", "--max-pixels", "40000", "--test-share", "0"];
  t.match(eliq("pairs", "build", "--data", join(folder, "sources"), "--out", join(folder, "pairs"), ...all), {
    status: 0,
  });
  t.match(eliq("pairs", "gallery", join(folder, "pairs"), "--output", page, "--size", "128"), {
    status: 0,
    stderr: "",
  });

  const longest = await longestChains(join(folder, "pairs"));

  const browser = await launchBrowser();
  t.teardown(() => browser.close());
  const tab = await browser.newPage({ viewport: { width: 1400, height: 900 } });
  const complaints = complaintsOf(tab);
  await tab.goto(pathToFileURL(page).href);
  /** @type {{ family: string, level: number, decoded: boolean, text: string, alt: string }[]} */
  const shown = await tab.evaluate(async () => {
    const panels = [];
    for (const item of document.querySelectorAll("li[data-family]")) {
      const image = item.querySelector("img");
      if (image) {
        image.loading = "eager";
        await image.decode().catch(() => {});
      }
      const { family = "", level = "" } = /** @type {HTMLElement} */ (item).dataset;
      const decoded = image !== null && image.naturalWidth > 0;
      panels.push({ family, level: Number(level), decoded, text: item.textContent ?? "", alt: image?.alt ?? "" });
    }
    return panels;
  });
  t.same(complaints, [], "no error, no warning, nothing fetched");

  const onPrompts = new Set(["similar-prompt", "swapped-prompt", ...editFamilies.map(({ name }) => name)]);
  for (const { name } of allFamilies) {
    const own = shown.filter(({ family }) => family === name);
    t.ok(
      own.some(({ level, decoded, alt }) => level === 0 && decoded && alt !== ""),
      `${name}: the good picture`,
    );
    const expected = longest.get(name) ?? 0;
    // A prompt has only so many slots to edit, and the fixtures two weaker generators.
    t.ok(
      pairingFamilies.some((family) => family.name === name) ? expected >= 1 : expected === levels,
      `${name} has levels`,
    );
    for (let level = 1; level <= expected; level++) {
      const panel = own.find((one) => one.level === level);
      if (onPrompts.has(name)) t.ok(panel && panel.text.length > 20, `${name}, level ${level}: its prompt`);
      else t.ok(panel?.decoded && panel.alt.includes(name), `${name}, level ${level}: a decoded picture`);
    }
  }
  t.ok(shown.some(({ family }) => family === "combinations"));
  const links = await tab.locator("nav a").count();
  t.equal(links, 7, "six cells and the combinations");
  const target = await tab.locator("nav a").first().getAttribute("href");
  t.equal(await tab.locator(`section${target}`).count(), 1);
});
