import { smoothField } from "../../kernels/fields.js";
import { byte, lerp } from "../../kernels/scalars.js";
import type { Random } from "../../random.js";
import { type Raster, scaleOf } from "../../raster.js";
import { type DegradationFamily, tidy } from "../family.js";

type Settings = {
  /** Side of a tile, px. */
  tile: number;
  /** Slant of the seams, radians, and their waviness, px. */
  slant: number;
  wave: number;
  /** Largest jump between tiles: position, px, and tone, 8-bit units. */
  offset: number;
  tone: number;
  /** Share of tiles that repeat what their neighbour shows. */
  repeated: number;
};

/** One tile's share in the damage. */
interface Tile {
  readonly dx: number;
  readonly dy: number;
  readonly gain: number;
  readonly shift: readonly [number, number, number];
}

/** Tiles generated apart and laid side by side: jumps of tone and position at wobbly seams, and tiles that repeat their neighbour. */
export const seamsTiling: DegradationFamily<Settings> = {
  name: "seams-tiling",
  summary:
    "Tiles generated apart: tone and contours jump at their seams, and some tiles repeat what their neighbour shows.",
  cell: { origin: "aigc", dimension: "technical" },
  aspects: ["technical", "aesthetic"],
  measure: { name: "psnr", direction: "falls" },
  keeps: [{ what: "the detail inside tiles", measure: "edge-energy-ratio", atLeast: 0.6 }],
  parameters(severity, random) {
    return {
      tile: tidy(random.uniform(105, 165)),
      slant: tidy(random.sign() * random.uniform(0.06, 0.2)),
      wave: tidy(random.uniform(2.5, 6)),
      offset: tidy(lerp(4, 26, severity)),
      tone: tidy(lerp(5, 34, severity)),
      repeated: tidy(lerp(0, 0.35, severity)),
    };
  },
  apply(raster, settings, random) {
    const { width, height } = raster;
    const scale = scaleOf(raster);
    const side = settings.tile * scale;
    const layout = new TileLayout(raster, settings, random);
    const tiles = makeTiles(layout.columns * layout.rows, settings, side, scale, random);
    const out = new Uint8Array(raster.data.length);
    const feather = Math.max(1, 1.5 * scale);
    for (let y = 0, p = 0; y < height; y++)
      for (let x = 0; x < width; x++, p++) {
        const [u, v] = [layout.u(x, y, p), layout.v(x, y, p)];
        const [column, row] = [Math.floor(u), Math.floor(v)];
        addTile(out, raster, tiles[layout.index(column, row)] as Tile, x, y, 1);
        const [fu, fv] = [u - column - 0.5, v - row - 0.5];
        const across = Math.abs(fu) > Math.abs(fv);
        const distance = side * (0.5 - (across ? Math.abs(fu) : Math.abs(fv)));
        if (distance >= feather) continue;
        const beside = across ? layout.index(column + Math.sign(fu), row) : layout.index(column, row + Math.sign(fv));
        addTile(out, raster, tiles[beside] as Tile, x, y, 0.5 - (0.5 * distance) / feather);
      }
    return { data: out, width, height };
  },
};

/** A slanted grid of tiles with wavy borders. */
class TileLayout {
  readonly columns: number;
  readonly rows: number;
  private readonly cos: number;
  private readonly sin: number;
  private readonly left: number;
  private readonly top: number;
  private readonly wobble: readonly [Float32Array, Float32Array];

  constructor(raster: Raster, { tile, slant, wave }: Settings, random: Random) {
    const scale = scaleOf(raster);
    const side = tile * scale;
    const { width, height } = raster;
    this.cos = Math.cos(slant) / side;
    this.sin = Math.sin(slant) / side;
    const reach = Math.ceil((width + height) / side) + 4;
    this.columns = reach;
    this.rows = reach;
    this.left = 2 + random.uniform() + (this.sin > 0 ? 0 : -this.sin * height);
    this.top = 2 + random.uniform() + (this.sin > 0 ? this.sin * width : 0);
    const amplitude = wave / tile;
    const wavy = () => smoothField(width, height, Math.max(3, 24 * scale), random).map((v) => amplitude * v);
    this.wobble = [wavy(), wavy()];
  }

  u(x: number, y: number, p: number): number {
    return this.left + x * this.cos + y * this.sin + (this.wobble[0][p] as number);
  }

  v(x: number, y: number, p: number): number {
    return this.top + y * this.cos - x * this.sin + (this.wobble[1][p] as number);
  }

  index(column: number, row: number): number {
    const x = column < 0 ? 0 : column >= this.columns ? this.columns - 1 : column;
    const y = row < 0 ? 0 : row >= this.rows ? this.rows - 1 : row;
    return y * this.columns + x;
  }
}

/** Every tile draws the same numbers whatever the severity; those of the lowest rank repeat their neighbour. */
function makeTiles(count: number, settings: Settings, side: number, scale: number, random: Random): Tile[] {
  return Array.from({ length: count }, () => {
    const rank = random.uniform();
    const angle = random.uniform(0, 2 * Math.PI);
    const length = random.uniform(0.4, 1) * settings.offset * scale;
    const tones = [random.uniform(-1, 1), random.uniform(-1, 1), random.uniform(-1, 1), random.uniform(-1, 1)] as const;
    const towards = random.sign();
    const vertical = random.uniform() < 0.5;
    const repeat = rank < settings.repeated ? towards * side : 0;
    const bright = settings.tone * (tones[0] + 0.5 * Math.sign(tones[0]));
    return {
      dx: Math.round(length * Math.cos(angle) + (vertical ? 0 : repeat)),
      dy: Math.round(length * Math.sin(angle) + (vertical ? repeat : 0)),
      gain: 1 + (settings.tone / 120) * tones[3],
      shift: [bright + 0.5 * settings.tone * tones[1], bright, bright + 0.5 * settings.tone * tones[2]],
    };
  });
}

/** Blends in the tile's version of a pixel, mirrored at the border. */
function addTile(
  out: Uint8Array,
  { data, width, height }: Raster,
  tile: Tile,
  x: number,
  y: number,
  weight: number,
): void {
  const sx = mirrored(x + tile.dx, width);
  const sy = mirrored(y + tile.dy, height);
  const from = 3 * (sy * width + sx);
  const to = 3 * (y * width + x);
  for (let c = 0; c < 3; c++) {
    const value = byte(128 + ((data[from + c] as number) - 128) * tile.gain + (tile.shift[c] as number));
    out[to + c] = (out[to + c] as number) + (value - (out[to + c] as number)) * weight + 0.5;
  }
}

function mirrored(at: number, length: number): number {
  if (at >= 0 && at < length) return at;
  const period = 2 * length;
  const folded = ((at % period) + period) % period;
  return folded < length ? folded : period - 1 - folded;
}
