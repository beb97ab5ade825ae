/** Things that spoil a picture by lying on it, as SVG. */
import { digits, word } from "../../kernels/stroke-letters.js";
import type { Random } from "../../random.js";

/** A canvas in px, and the length that things are measured by: its shorter side. */
export interface Canvas {
  readonly width: number;
  readonly height: number;
  readonly unit: number;
}

/** Draws one thing somewhere on the canvas; returns SVG elements. */
type Item = (canvas: Canvas, random: Random) => string;

const strong = ["#e53935", "#1e88e5", "#fdd835", "#43a047", "#8e24aa", "#fb8c00", "#d81b60", "#00acc1"];
const dull = ["#1b1b1d", "#2d2a26", "#3a3a40", "#4b2f20", "#d8d4cc"];

/**
 * Degrees, either way, at least `least`: nothing lies quite level, because long edges along one row or column would leave a trace of
 * their own in the pixels' statistics.
 */
const askew = (random: Random, least: number, most: number) => random.sign() * random.uniform(least, most);

/** Fixed to two decimals, which is finer than a pixel. */
const f = (value: number) => value.toFixed(2);

const anywhere = ({ width, height }: Canvas, random: Random): [number, number] => [
  random.uniform(0.04, 0.96) * width,
  random.uniform(0.04, 0.96) * height,
];

/** A group at a place, turned, in units of `size` px. */
function placed(x: number, y: number, degrees: number, size: number, inner: string): string {
  return `<g transform="translate(${f(x)} ${f(y)}) rotate(${f(degrees)}) scale(${f(size)})">${inner}</g>`;
}

/** A flex hanging through the picture, with a shadow and a highlight. */
const cable: Item = (canvas, random) => {
  const { width, height, unit } = canvas;
  const upright = random.uniform() < 0.4;
  const ends = [random.uniform(-0.1, 1.1), random.uniform(-0.1, 1.1)].map((at) => at * (upright ? width : height));
  const knots = [0.33, 0.66].map((at) => [at, random.uniform(-0.1, 1.1) * (upright ? width : height)] as const);
  const point = (along: number, across: number) =>
    upright ? `${f(across)} ${f(along * height)}` : `${f(along * width)} ${f(across)}`;
  const [first, second] = knots.map(([along, across]) => point(along, across));
  const path = `M${point(-0.03, ends[0] as number)}C${first} ${second} ${point(1.03, ends[1] as number)}`;
  const thick = random.uniform(0.012, 0.024) * unit;
  const stroke = (colour: string, wide: number, opacity: number, shift: number) =>
    `<path d="${path}" transform="translate(${f(shift)} ${f(shift)})" fill="none" stroke="${colour}" stroke-width="${f(wide)}" stroke-opacity="${opacity}"/>`;
  const colour = random.pick(dull);
  return (
    stroke("#000", thick * 1.5, 0.28, thick * 0.7) +
    stroke(colour, thick, 1, 0) +
    stroke("#fff", thick * 0.22, 0.4, -thick * 0.2)
  );
};

const star = (points: number, inner: number): string =>
  Array.from({ length: 2 * points }, (_, i) => {
    const radius = i % 2 ? inner : 1;
    return `${f(radius * Math.sin((Math.PI * i) / points))},${f(-radius * Math.cos((Math.PI * i) / points))}`;
  }).join(" ");

const heart = "M0 .95C-1.5 -.1 -.9 -1.1 -.1 -.6L0 -.45L.1 -.6C.9 -1.1 1.5 -.1 0 .95Z";

/** A sticker with a white rim: a face, a heart, a star or a price burst. */
const sticker: Item = (canvas, random) => {
  const [x, y] = anywhere(canvas, random);
  const size = random.uniform(0.06, 0.115) * canvas.unit;
  const [kind, colour, degrees] = [random.integer(4), random.pick(strong), random.uniform(-28, 28)];
  const text = word(4, random);
  const shapes = [
    `<circle r="1"/>`,
    `<path d="${heart}"/>`,
    `<polygon points="${star(5, 0.45)}"/>`,
    `<polygon points="${star(14, 0.8)}"/>`,
  ];
  const shape = shapes[kind] as string;
  const face = `<g fill="#222"><circle cx="-.35" cy="-.25" r=".13"/><circle cx=".35" cy="-.25" r=".13"/></g><path d="M-.5 .2Q0 .85 .5 .2" fill="none" stroke="#222" stroke-width=".12" stroke-linecap="round"/>`;
  const price = `<g transform="translate(-.5 -.16) scale(${f(1 / text.width)})"><path d="${text.path}" fill="none" stroke="#fff" stroke-width="1"/></g>`;
  const inner =
    `<g transform="translate(.09 .12) scale(1.14)" fill-opacity=".3">${shape}</g>` +
    `<g transform="scale(1.14)" fill="#fff">${shape}</g>` +
    `<g fill="${kind === 0 ? "#fdd835" : colour}">${shape}</g>${kind === 0 ? face : kind === 3 ? price : ""}`;
  return placed(x, y, degrees, size, inner);
};

/** A caption box with a few words. */
const caption: Item = (canvas, random) => {
  const [x, y] = anywhere(canvas, random);
  const lines = [1, 2, 3].map(() => word(4 + random.integer(5), random));
  const count = 1 + random.integer(3);
  const shown = lines.slice(0, count);
  const wide = Math.max(...shown.map((line) => line.width)) + 6;
  const high = 10 * count + 4;
  const [light, degrees] = [random.uniform() < 0.5, askew(random, 2, 12)];
  const size = (random.uniform(0.26, 0.42) * canvas.unit) / wide;
  const [paper, ink] = light ? ["#fafafa", "#16161a"] : [random.pick(["#101014", ...strong]), "#fff"];
  const text = shown
    .map(
      (line, i) =>
        `<path transform="translate(3 ${10 * i + 4})" d="${line.path}" fill="none" stroke="${ink}" stroke-width=".95" stroke-linejoin="round"/>`,
    )
    .join("");
  const box = `<rect x=".8" y="1" width="${f(wide)}" height="${high}" rx="2" fill="#000" fill-opacity=".25"/><rect width="${f(wide)}" height="${high}" rx="2" fill="${paper}" fill-opacity=".94"/>`;
  return placed(x - (wide * size) / 2, y - (high * size) / 2, degrees, size, box + text);
};

/** A see-through word across the picture, repeated on the slant. */
const watermark: Item = (canvas, random) => {
  const text = word(6, random);
  const [degrees, opacity, colour] = [
    random.uniform(-40, -20),
    random.uniform(0.3, 0.45),
    random.pick(["#fff", "#fff", "#222"]),
  ];
  const size = (random.uniform(0.22, 0.34) * canvas.unit) / text.width;
  const [stepX, stepY] = [text.width * random.uniform(1.35, 1.7), random.uniform(26, 36)];
  const [columns, rows] = [canvas.width, canvas.height].map((side) => Math.ceil(side / size));
  const reach = Math.hypot(columns as number, rows as number) / 2;
  let marks = "";
  for (let v = -reach, row = 0; v < reach; v += stepY, row++)
    for (let u = -reach - (row % 2) * (stepX / 2); u < reach; u += stepX)
      marks += `<path transform="translate(${f(u)} ${f(v)})" d="${text.path}"/>`;
  const style = `fill="none" stroke="${colour}" stroke-opacity="${f(opacity)}" stroke-width="1.1"`;
  return placed(canvas.width / 2, canvas.height / 2, degrees, size, `<g ${style}>${marks}</g>`);
};

/** A camera's date in glowing orange digits near a lower corner. */
const dateStamp: Item = (canvas, random) => {
  const two = (value: number) => String(value).padStart(2, "0");
  const [month, day, year] = [1 + random.integer(12), 1 + random.integer(28), random.integer(100)];
  const stamp = digits(`${month} ${two(day)} '${two(year)} ${two(random.integer(24))}:${two(random.integer(60))}`);
  const size = (random.uniform(0.3, 0.46) * canvas.unit) / stamp.width;
  const x = random.uniform() < 0.75 ? canvas.width * 0.96 - stamp.width * size : canvas.width * 0.04;
  const y = canvas.height * random.uniform(0.89, 0.94) - 6 * size;
  const glow = `<path d="${stamp.path}" fill="none" stroke="#ff5a00" stroke-opacity=".4" stroke-width="2.2"/>`;
  const core = `<path d="${stamp.path}" fill="none" stroke="#ffa030" stroke-width=".95"/>`;
  return placed(x, y, askew(random, 1.2, 2.5), size, glow + core);
};

/** The bar and button of a video player. */
const player: Item = ({ width, height, unit }, random) => {
  const at = random.uniform(0.15, 0.85);
  const y = height - random.uniform(0.05, 0.09) * unit;
  const [left, right] = [0.05 * width, 0.95 * width];
  const r = random.uniform(0.07, 0.11) * unit;
  const now = left + at * (right - left);
  const bar = (from: number, to: number, colour: string, opacity: number) =>
    `<rect x="${f(from)}" y="${f(y)}" width="${f(to - from)}" height="${f(0.014 * unit)}" rx="${f(0.007 * unit)}" fill="${colour}" fill-opacity="${opacity}"/>`;
  const veil = `<rect x="${f(-0.1 * width)}" y="${f(y - 0.05 * unit)}" width="${f(1.2 * width)}" height="${f(height)}" fill="#000" fill-opacity=".45"/>`;
  const [cx, cy] = [width * random.uniform(0.42, 0.58), height * random.uniform(0.42, 0.58)];
  const button = `<circle cx="${f(cx)}" cy="${f(cy)}" r="${f(r)}" fill="#000" fill-opacity=".6"/><polygon points="${f(cx - 0.35 * r)},${f(cy - 0.5 * r)} ${f(cx - 0.35 * r)},${f(cy + 0.5 * r)} ${f(cx + 0.55 * r)},${f(cy)}" fill="#fff"/>`;
  const knob = `<circle cx="${f(now)}" cy="${f(y + 0.007 * unit)}" r="${f(0.017 * unit)}" fill="#e53935"/>`;
  const slant = `rotate(${f(askew(random, 1, 2.2))} ${f(width / 2)} ${f(y)})`;
  return `<g transform="${slant}">${veil}${bar(left, right, "#fff", 0.5)}${bar(left, now, "#e53935", 1)}${knob}</g>${button}`;
};

/** A message that popped up: icon, two lines, a closing cross. */
const notification: Item = (canvas, random) => {
  const { width, height, unit } = canvas;
  const wide = random.uniform(0.4, 0.55) * unit;
  const [x, y] = [random.uniform(0.02, 0.98) * (width - wide), random.uniform(0.02, 0.85) * height];
  const [title, text, colour] = [word(5, random), word(9, random), random.pick(strong)];
  const line = ({ path, width: length }: { path: string; width: number }, top: number, share: number, ink: string) =>
    `<path transform="translate(22 ${top}) scale(${f((62 * share) / length)})" d="${path}" fill="none" stroke="${ink}" stroke-width=".9"/>`;
  const inner = `<rect x="1.5" y="2" width="100" height="26" rx="4" fill-opacity=".3"/><rect width="100" height="26" rx="4" fill="#f4f5f7"/><rect x="5" y="5" width="13" height="16" rx="3.5" fill="${colour}"/>${line(title, 5.5, 0.55, "#111")}${line(text, 15.5, 1, "#666")}<path d="M91 5L95 9M95 5L91 9" stroke="#888" stroke-width="1.2"/>`;
  return placed(x, y, askew(random, 2, 4.5), wide / 100, inner);
};

/** A mouse pointer, larger than it should be. */
const pointer: Item = (canvas, random) => {
  const [x, y] = anywhere(canvas, random);
  const size = random.uniform(0.075, 0.12) * canvas.unit;
  const arrow = `<path d="M0 0V1L.24 .78L.4 1.15L.56 1.08L.4 .72H.72Z"`;
  return placed(
    x,
    y,
    0,
    size,
    `${arrow} transform="translate(.05 .06)" fill-opacity=".35"/>${arrow} fill="#fff" stroke="#000" stroke-width=".06"/>`,
  );
};

/** A strip of adhesive tape, torn at its ends. */
const tape: Item = (canvas, random) => {
  const [x, y] = anywhere(canvas, random);
  const [degrees, long] = [random.uniform(-50, 50), random.uniform(2.4, 4.5)];
  const colour = random.pick(["#d9c48a", "#c9b27c", "#e8e3d2", "#9aa5ad"]);
  const teeth = (from: number, to: number, side: number) =>
    Array.from({ length: 6 }, (_, i) => `${f(side + (i % 2 ? 0.07 : -0.02))},${f(from + ((to - from) * i) / 5)}`).join(
      " ",
    );
  const outline = `${teeth(-0.5, 0.5, -long / 2)} ${teeth(0.5, -0.5, long / 2)}`;
  const size = random.uniform(0.06, 0.1) * canvas.unit;
  const inner = `<polygon points="${outline}" transform="translate(.04 .07)" fill-opacity=".25"/><polygon points="${outline}" fill="${colour}" fill-opacity=".86"/><path d="M${f(-long / 2)} -.2H${f(long / 2)}M${f(-long / 2)} .31H${f(long / 2)}" stroke="#fff" stroke-opacity=".22" stroke-width=".1"/>`;
  return placed(x, y, degrees, size, inner);
};

/** Dirt on the lens or the print: blotches, specks and a hair. */
const dirt: Item = (canvas, random) => {
  const [x, y] = anywhere(canvas, random);
  const size = random.uniform(0.1, 0.17) * canvas.unit;
  const colour = random.pick(["#3b2a18", "#20201e", "#5a4a32", "#6e6a60"]);
  let inner = "";
  for (let i = 0; i < 5; i++) {
    const radii = Array.from({ length: 9 }, () => random.uniform(0.24, 0.5));
    inner += `<path transform="translate(${f(0.55 * random.normal())} ${f(0.55 * random.normal())})" d="${blob(radii)}" fill-opacity="${f(random.uniform(0.3, 0.75))}"/>`;
  }
  for (let i = 0; i < 26; i++)
    inner += `<circle cx="${f(1.1 * random.normal())}" cy="${f(1.1 * random.normal())}" r="${f(random.uniform(0.015, 0.07))}" fill-opacity=".8"/>`;
  const bends = Array.from({ length: 6 }, () => f(1.4 * random.normal()));
  inner += `<path d="M${bends[0]} ${bends[1]}Q${bends[2]} ${bends[3]} ${bends[4]} ${bends[5]}" fill="none" stroke="${colour}" stroke-width=".05"/>`;
  return placed(x, y, random.uniform(0, 360), size, `<g fill="${colour}">${inner}</g>`);
};

/** A closed smooth outline through points at these distances, evenly around. */
function blob(radii: readonly number[]): string {
  const n = radii.length;
  const at = (i: number): [number, number] => {
    const angle = (2 * Math.PI * i) / n;
    return [(radii[i % n] as number) * Math.cos(angle), (radii[i % n] as number) * Math.sin(angle)];
  };
  const middle = (i: number) => {
    const [[ax, ay], [bx, by]] = [at(i), at(i + 1)];
    return `${f((ax + bx) / 2)} ${f((ay + by) / 2)}`;
  };
  return `M${middle(n - 1)}${Array.from({ length: n }, (_, i) => `Q${at(i).map(f).join(" ")} ${middle(i)}`).join("")}Z`;
}

const once: readonly Item[] = [watermark, dateStamp, player];
const often: readonly Item[] = [cable, sticker, caption, notification, pointer, tape, dirt];

/** The order in which things come to lie on a picture: `count` of them, shuffled; some kinds come but once. */
export function clutterOrder(count: number, random: Random): Item[] {
  const deck = [...once, ...Array.from({ length: Math.ceil(count / often.length) }, () => often).flat()];
  const [first, ...rest] = random.shuffle(often);
  // One of the solid kinds first, so that the mildest level shows something whatever follows.
  return [first as Item, ...random.shuffle([...deck, ...rest.slice(0, 2)])].slice(0, count);
}
