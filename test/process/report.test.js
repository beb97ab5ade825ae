// @ts-check
/// <reference lib="dom" />
// The report in a real browser, without a network: charts, pictures, maps, keyboard, and texts that try to be markup.
import { spawnSync } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import sharp from "sharp";
import t from "tap";
import { complaintsOf, launchBrowser, withoutBrowser } from "../support/browser.js";
import { tinyImage, tinyModel } from "../support/tiny-model.js";

const main = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));
const eliq = (/** @type {string[]} */ ...args) => spawnSync(process.execPath, [main, ...args], { encoding: "utf8" });

const hostile = "</script><script>window.taken = 1</script><img src=x onerror='window.taken = 2'>\u2028\"&amp;";
const generators = ['a"]);window.taken=3//', "b & <i>c</i>", "d"];
const failure = {
  path: "<u>lost</u>.png",
  ok: false,
  code: "ERR_IMAGE_DECODE",
  message: "<b onclick='window.taken = 4'>torn</b>",
};

/** @param {number} i @param {object} [more] */
function line(i, more = {}) {
  const raw = (i - 12) / 4;
  const quality = 1 / (1 + Math.exp(-raw));
  return {
    path: `images/${i}.png`,
    ok: true,
    quality,
    alignment: null,
    aspects: { technical: quality, aesthetic: 1 - quality },
    raw: { quality: raw, alignment: null, technical: raw, aesthetic: -raw },
    model: "tiny@000000000000",
    calibration: "tiny-2026-01-01",
    prompt: `${i} ${hostile}`,
    generator: generators[i % 3],
    opinions: { quality: 3 + raw / 10 },
    ...more,
  };
}

/** Twenty-four small pictures with a line each, of which one picture is missing. @param {string} folder */
async function makeResults(folder) {
  await mkdir(join(folder, "images"));
  for (let i = 0; i < 24; i++) {
    if (i === 3) continue;
    const { data, width, height } = tinyImage(i % 2 === 0 ? 96 : 64, 80, i + 1);
    await sharp(data, { raw: { width, height, channels: 3 } })
      .png()
      .toFile(join(folder, "images", `${i}.png`));
  }
  const header = {
    type: "header",
    format: "eliq-results",
    version: 1,
    model: "tiny@000000000000",
    calibration: "tiny-2026-01-01",
    dataset: hostile,
    folder: "",
    created: "2026-01-02",
  };
  const lines = [header, ...Array.from({ length: 24 }, (_, i) => line(i)), failure];
  await writeFile(join(folder, "results.jsonl"), lines.map((one) => `${JSON.stringify(one)}\n`).join(""));
  const table = {
    title: `Zero-shot ${hostile}`,
    protocol: "zero-shot",
    columns: ["score", "SRCC"],
    rows: [["<s>eliq</s>", ".5"]],
  };
  await writeFile(join(folder, "evaluation.json"), JSON.stringify({ tables: [table] }));
}

t.test("report", { skip: withoutBrowser(), timeout: 300_000 }, async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "eliq-report-"));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  await makeResults(folder);
  const page = join(folder, "report.html");
  const model = tinyModel(t);
  const made = eliq(
    ...["report", join(folder, "results.jsonl"), "--out", page, "--model", model, "--sheet", "6"],
    ...["--evaluation", join(folder, "evaluation.json"), "--image", join(folder, "images", "12.png")],
  );
  t.match(made, { status: 1, stdout: /24 scored and 1 failed images, 12 pictures/ });
  t.match(made.stderr, /images\/3\.png: .*3\.png/, "says what is missing, and goes on");

  const browser = await launchBrowser();
  t.teardown(() => browser.close());
  const context = await browser.newContext({ viewport: { width: 1200, height: 900 }, offline: true });
  const tab = await context.newPage();
  const complaints = complaintsOf(tab);
  await tab.goto(pathToFileURL(page).href);
  await tab.waitForFunction(() => document.documentElement.dataset.charts === "drawn");

  await t.test("charts", async (t) => {
    /** @type {Record<string, number>} */
    const marks = await tab.evaluate(() => {
      /** @type {Record<string, number>} */
      const marks = {};
      for (const place of document.querySelectorAll("[data-chart]")) {
        const { chart = "" } = /** @type {HTMLElement} */ (place).dataset;
        marks[chart] = place.querySelectorAll(
          "svg .mark-rect path, svg .mark-symbol path, svg .mark-line path, svg .mark-rule line",
        ).length;
      }
      return marks;
    });
    const expected = [
      "scores",
      "generators",
      "scores-0",
      "scores-1",
      "scores-2",
      "opinion",
      "calibration-0",
      "opinions-by-score",
    ];
    t.same(Object.keys(marks).sort(), [...expected].sort());
    for (const id of expected) t.ok(Number(marks[id]) >= 3, `${id} has marks`);
    t.ok(Number(marks.opinion) >= 24, "a point for every image");
    const details = tab.locator("details").first();
    await details.locator("summary").press("Enter");
    t.equal(await details.locator("tbody tr").count(), 40, "the numbers of the histogram");
    const counts = await details.locator("tbody td:last-child").allTextContents();
    t.equal(
      counts.reduce((sum, text) => sum + Number(text), 0),
      24,
    );
  });

  await t.test("pictures", async (t) => {
    const images = await tab.evaluate(async () => {
      const found = [...document.querySelectorAll("button.thumbnail img")].map(
        (one) => /** @type {HTMLImageElement} */ (one),
      );
      for (const image of found) {
        image.loading = "eager";
        await image.decode().catch(() => {});
      }
      return found.map(({ naturalWidth, alt }) => ({ naturalWidth, alt }));
    });
    t.equal(images.length, 12);
    t.ok(images.every(({ naturalWidth, alt }) => naturalWidth > 0 && alt.includes("window.taken")));
    t.equal(await tab.locator(".missing").count(), 1, "a placeholder for the picture that is gone");
    const scores = await tab.locator("h3:text-is('Best') ~ ul.sheet >> nth=0").locator(".score").allTextContents();
    t.same(scores, [...scores].sort().reverse(), "best first");
  });

  await t.test("panel", async (t) => {
    const panel = tab.locator("#panel");
    const source = () => tab.locator("#panel-layer").getAttribute("src");
    await tab.locator("button.thumbnail").first().focus();
    await tab.keyboard.press("Enter");
    t.ok(await panel.isVisible(), "Enter on a thumbnail opens the panel");
    t.match(await tab.locator("#panel-title").textContent(), /images\/12\.png/, "the chosen image comes first");
    t.ok(
      await tab.evaluate(() => document.getElementById("panel")?.contains(document.activeElement)),
      "focus is inside",
    );
    const names = await tab
      .locator("#panel-maps button")
      .evaluateAll((all) => all.map((one) => one.dataset.map ?? "none"));
    t.same(names, ["faults", "attention", "query.1", "query.2", "stage.1", "stage.2", "stage.3", "stage.4", "none"]);
    const seen = new Set();
    for (const [i, name] of names.entries()) {
      const button = tab.locator("#panel-maps button").nth(i);
      await button.press("Space");
      t.equal(await button.getAttribute("aria-pressed"), "true");
      t.equal(await tab.locator("#panel-maps [aria-pressed=true]").count(), 1);
      const layer = tab.locator("#panel-layer");
      t.equal(await layer.isVisible(), name !== "none");
      if (name === "none") continue;
      seen.add(await source());
      t.ok(
        await layer.evaluate((one) =>
          /** @type {HTMLImageElement} */ (one)
            .decode()
            .then(() => /** @type {HTMLImageElement} */ (one).naturalWidth > 0),
        ),
        `${name} is a picture`,
      );
      const [text, place] = name === "faults" ? ["Where the critic finds quality low", "lowest"] : ["", "strongest"];
      t.match(
        await tab.locator("#panel-text").textContent(),
        new RegExp(`${text}.*${place} (at|in|on) the`),
        "and a sentence",
      );
      const scale = name === "faults" ? /likes least/ : /not whether that spoke for or against/;
      t.match(await tab.locator("#panel-scale-text").textContent(), scale, "that its colours are explained by");
    }
    t.equal(seen.size, 8, "every button shows another overlay");
    await tab.locator("[data-map='query.2']").press("Enter");
    await tab.locator("#panel-next").press("Enter");
    t.equal(await tab.locator("[data-map='query.2']").getAttribute("aria-pressed"), "true", "the map stays chosen");
    t.notMatch(await tab.locator("#panel-title").textContent(), /images\/12\.png/);
    t.match(await tab.locator("#panel-facts").textContent(), /<\/script><script>/, "a prompt is text");
    await tab.keyboard.press("Escape");
    t.notOk(await panel.isVisible(), "Escape closes it");
    t.ok(
      await tab.evaluate(() => document.activeElement?.classList.contains("thumbnail")),
      "focus is back where it was",
    );
  });

  await t.test("usable without seeing it", async (t) => {
    const found = await tab.evaluate(() => {
      const visible = (/** @type {Element} */ one) => one.closest("dialog:not([open])") === null;
      const name = (/** @type {Element} */ one) =>
        (
          one.getAttribute("aria-label") ??
          `${one.textContent}${[...one.querySelectorAll("img")].map(({ alt }) => alt)}`
        ).trim();
      return {
        images: [...document.images].filter(visible).filter(({ alt }) => alt === "").length,
        controls: [...document.querySelectorAll("a, button, summary, [tabindex='0'], [role=img]")].filter(
          (one) => visible(one) && name(one) === "",
        ).length,
        levels: [...document.querySelectorAll("h1, h2, h3, h4")]
          .filter(visible)
          .map(({ tagName }) => Number(tagName[1])),
        described: [...document.querySelectorAll("[aria-describedby]")].every(
          (one) => document.getElementById(one.getAttribute("aria-describedby") ?? "")?.textContent,
        ),
        ids: [...document.querySelectorAll("[id]")].map(({ id }) => id),
        language: document.documentElement.lang,
      };
    });
    t.match(found, { images: 0, controls: 0, described: true, language: "en" });
    t.equal(new Set(found.ids).size, found.ids.length, "ids are unique");
    t.equal(found.levels[0], 1);
    t.equal(found.levels.filter((level) => level === 1).length, 1);
    found.levels.forEach((level, i) => {
      t.ok(i === 0 || level - Number(found.levels[i - 1]) <= 1, "no heading level is left out");
    });
  });

  await t.test("narrow and dark", async (t) => {
    // Each change draws the charts again; the colours of the last one must stay, however fast they follow each other.
    for (const colorScheme of /** @type {const} */ (["dark", "light", "dark", "light", "dark"])) {
      await tab.emulateMedia({ colorScheme });
    }
    await tab.waitForFunction(() => {
      const bars = [...document.querySelectorAll("[data-chart] svg .mark-rect path")];
      const fills = bars.map((bar) => bar.getAttribute("fill"));
      // Accent and ink of the dark page.
      const dark = fills.length > 0 && fills.every((fill) => fill === "#6ea8e8" || fill === "#e6eaf0");
      return dark && document.documentElement.dataset.charts === "drawn";
    });
    t.ok(
      await tab.evaluate(() =>
        [...document.querySelectorAll("[data-chart]")].every((place) => place.querySelectorAll("svg").length === 1),
      ),
      "one drawing of each chart",
    );
    await tab.setViewportSize({ width: 400, height: 800 });
    await tab.waitForFunction(() =>
      [...document.querySelectorAll("[data-chart] svg")].every((svg) => svg.getBoundingClientRect().width <= 400),
    );
    t.equal(await tab.evaluate(() => document.documentElement.scrollWidth), 400, "nothing sticks out");
  });

  const text = (await tab.locator("body").textContent()) ?? "";
  t.match(text, "<b onclick='window.taken = 4'>torn</b>", "an error message is text");
  t.match(text, "<s>eliq</s>", "so is a table's cell");
  t.equal(await tab.evaluate(() => /** @type {any} */ (window).taken), undefined, "no text became a script");
  t.same(complaints, [], "no error, no warning, nothing fetched");
  t.notMatch(await readFile(page, "utf8"), /sourceMappingURL/);
});

t.test("without maps, and what is wrong", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "eliq-report-"));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  const results = join(folder, "results.jsonl");
  const page = join(folder, "report.html");
  await writeFile(results, `${JSON.stringify(failure)}\n`);
  t.match(eliq("report", results, "--out", page, "--no-maps"), { status: 0, stdout: /0 scored and 1 failed/ });
  t.match(await readFile(page, "utf8"), /No image was scored/);
  await writeFile(results, `${JSON.stringify(line(1, { calibration: "other" }))}\n${JSON.stringify(line(2))}\n`);
  t.match(eliq("report", results, "--out", page, "--no-maps", "--sheet", "0"), { status: 0 });
  t.match(await readFile(page, "utf8"), /mixes 2 calibrations/);
  await writeFile(results, "{}\n");
  t.match(eliq("report", results, "--out", page, "--no-maps"), {
    status: 3,
    stderr: /results\.jsonl:1 .*\[ERR_RESULTS\]/,
  });
  t.match(eliq("report", join(folder, "nothing.jsonl")), { status: 3, stderr: /ERR_IO/ });
  t.match(eliq("report"), { status: 2 });
  t.match(eliq("report", results, "--sheet", "1000"), { status: 2, stderr: /at most 100/ });
  await writeFile(results, `${JSON.stringify(line(1))}\n`);
  await writeFile(join(folder, "bad.json"), "[");
  t.match(eliq("report", results, "--no-maps", "--evaluation", join(folder, "bad.json")), {
    status: 3,
    stderr: /ERR_RESULTS/,
  });
});
