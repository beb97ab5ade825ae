/** Pseudo-writing: marks that look like letters from afar and are none. */
import type { Random } from "../random.js";

/** A stroke of a glyph as an SVG path in a box 1 wide and 1 high, and the draw that decides about it. */
type Stroke = (random: Random) => string;

const at = (value: number) => value.toFixed(3);

/** Stems, bars, slants, bowls and hooks, from which scripts of all kinds are made. */
const strokes: readonly Stroke[] = [
  (r) => {
    const x = r.pick([0.1, 0.45, 0.8]) + r.uniform(-0.06, 0.06);
    return `M${at(x)} ${at(r.uniform(0, 0.2))}L${at(x + r.uniform(-0.08, 0.08))} ${at(r.uniform(0.75, 1))}`;
  },
  (r) => {
    const y = r.pick([0.06, 0.48, 0.92]) + r.uniform(-0.05, 0.05);
    return `M${at(r.uniform(0, 0.2))} ${at(y)}L${at(r.uniform(0.6, 0.9))} ${at(y + r.uniform(-0.08, 0.08))}`;
  },
  (r) => {
    const [a, b] = [r.uniform(0.05, 0.3), r.uniform(0.6, 0.9)];
    return r.sign() > 0 ? `M${at(a)} 0L${at(b)} 1` : `M${at(b)} 0L${at(a)} 1`;
  },
  (r) => {
    const [y, h] = [r.uniform(0, 0.45), r.uniform(0.4, 0.55)];
    const bulge = r.pick([0.95, 1.1, -0.1]);
    return `M.15 ${at(y)}C${at(bulge)} ${at(y)} ${at(bulge)} ${at(y + h)} .15 ${at(y + h)}`;
  },
  (r) => {
    const y = r.uniform(0.3, 0.55);
    return `M${at(r.uniform(0.1, 0.3))} ${at(y)}C.2 1.15 .75 1.15 .8 ${at(y + r.uniform(-0.4, 0.1))}`;
  },
];

/** One pseudo-glyph of two to four strokes as SVG path data in a box 1 wide and 1 high. */
export function pseudoGlyph(random: Random): string {
  const count = 2 + random.integer(3);
  let path = "";
  for (let i = 0; i < count; i++) path += random.pick(strokes)(random);
  return path;
}

/**
 * Lines of pseudo-words as SVG elements filling a box; glyphs vary in size, lean and distance as badly drawn ones do.
 *
 * @param width, height the box in px.
 * @param lines how many lines it holds.
 * @param colour any SVG colour.
 */
export function pseudoText(width: number, height: number, lines: number, colour: string, random: Random): string {
  const line = height / lines;
  const size = 0.62 * line;
  const elements: string[] = [];
  for (let k = 0; k < lines; k++) {
    let x = random.uniform(0, 0.6) * size;
    const end = width * random.uniform(0.75, 1) - 0.6 * size;
    while (x < end) {
      const letters = 2 + random.integer(6);
      for (let i = 0; i < letters && x < end; i++) {
        const w = size * random.uniform(0.5, 0.85);
        const h = size * random.uniform(0.85, 1.15);
        const y = k * line + 0.19 * line + random.uniform(-0.06, 0.06) * size;
        const lean = random.uniform(-12, 12);
        const put = `translate(${at(x)} ${at(y)}) skewX(${at(lean)}) scale(${at(w)} ${at(h)})`;
        const [path, weight] = [pseudoGlyph(random), at(random.uniform(0.12, 0.2))];
        elements.push(`<path transform="${put}" d="${path}" stroke-width="${weight}"/>`);
        x += 1.22 * w;
      }
      x += 0.5 * size;
    }
  }
  return `<g fill="none" stroke="${colour}" stroke-linecap="round" stroke-linejoin="round">${elements.join("")}</g>`;
}
