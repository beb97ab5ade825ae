/** A page that shows a manifest's families and levels at a glance. */
import { throwIfAborted } from "../../errors.js";
import type { PairManifest } from "../manifest/read.js";
import type { Side, Unit } from "../manifest/schema.js";
import { cells, sameCell } from "../manifest/stats.js";
import { pipeline, type Raster } from "../raster.js";
import { type Panel, type Row, renderPage, type Section } from "./page.js";
import { type Example, type Selection, selectExamples } from "./select.js";

export interface GalleryOptions {
  /** Examples of each family at most. */
  readonly perFamily: number;
  /** Longer side of a picture in px. */
  readonly size: number;
  readonly signal?: AbortSignal | undefined;
  /** Families done, of how many. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

/** What the page shows, for a line on the terminal. */
export interface Gallery {
  readonly html: string;
  readonly pictures: number;
  /** Families of the manifest's header without a chain to show. */
  readonly missing: readonly string[];
}

/**
 * Makes the page: one self-contained HTML file with every picture inside.
 *
 * @throws EliqError as `PairManifest.units` and `PairManifest.picture`; ERR_ABORTED between two families.
 */
export async function makeGallery(manifest: PairManifest, options: GalleryOptions): Promise<Gallery> {
  const selection = await selectExamples(manifest, options.perFamily);
  const painter = new Painter(manifest, options.size);
  const sections = await paintSections(selection, painter, options);
  return {
    html: renderPage({ manifest: manifest.header, units: selection.units, sections }),
    pictures: painter.pictures,
    missing: selection.families.filter(({ examples }) => examples.length === 0).map(({ name }) => name),
  };
}

async function paintSections(selection: Selection, painter: Painter, options: GalleryOptions): Promise<Section[]> {
  const shown = selection.families.filter(({ examples }) => examples.length > 0);
  const total = shown.length + 1;
  let done = 0;
  const step = () => {
    throwIfAborted(options.signal);
    options.onProgress?.(++done, total);
  };
  const sections: Section[] = [];
  for (const cell of cells) {
    const articles = [];
    for (const family of shown.filter((one) => sameCell(one.cell, cell))) {
      articles.push({ ...family, rows: await painter.rows(family.examples) });
      step();
    }
    if (articles.length > 0) sections.push({ title: `${titles[cell.origin]}, ${cell.dimension}`, articles });
  }
  if (selection.combinations.length > 0) {
    const about = "Two or three families applied in turn at one severity.";
    const rows = await painter.rows(selection.combinations);
    sections.push({ title: "Combinations", articles: [{ name: "combinations", aspects: [], summary: about, rows }] });
  }
  step();
  return sections;
}

const titles = { conventional: "Conventional", aigc: "AIGC" } as const;

class Painter {
  pictures = 0;

  constructor(
    private readonly manifest: PairManifest,
    private readonly size: number,
  ) {}

  async rows(examples: readonly Example[]): Promise<Row[]> {
    const rows: Row[] = [];
    for (const { unit, chain } of examples) {
      const picture = this.manifest.pictures(unit);
      const clean = await this.#panel(
        unit,
        { image: 0, ...(unit.prompts.length > 0 ? { prompt: 0 } : {}) },
        0,
        picture,
      );
      const panels = [clean];
      for (const [i, { side }] of chain.levels.entries()) panels.push(await this.#panel(unit, side, i + 1, picture));
      rows.push({ source: unit.source.path, families: chain.families, panels });
    }
    return rows;
  }

  /** A level that keeps the clean picture shows its prompt only. */
  async #panel(unit: Unit, side: Side, level: number, picture: (index: number) => Promise<Raster>): Promise<Panel> {
    const image = unit.images[side.image];
    const prompt = side.prompt === undefined ? undefined : unit.prompts[side.prompt];
    const own = unit.prompts[0]?.text;
    return {
      level,
      src: level > 0 && side.image === 0 ? undefined : await this.#thumbnail(await picture(side.image)),
      steps: image?.steps.map(({ family, parameters }) => `${family} ${JSON.stringify(parameters)}`) ?? [],
      borrowed: image?.source,
      prompt: prompt?.text,
      original: side.prompt !== undefined && side.prompt > 0 ? own : undefined,
      similarity: prompt?.similarity,
    };
  }

  async #thumbnail(raster: Raster): Promise<string> {
    this.pictures++;
    const webp = await pipeline(raster)
      .resize(this.size, this.size, { fit: "inside", withoutEnlargement: true })
      .webp({ quality: 80 })
      .toBuffer();
    return `data:image/webp;base64,${webp.toString("base64")}`;
  }
}
