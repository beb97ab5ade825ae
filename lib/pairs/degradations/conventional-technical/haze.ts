import { smoothField } from "../../kernels/fields.js";
import { lerp } from "../../kernels/scalars.js";
import { scaleOf } from "../../raster.js";
import { type DegradationFamily, tidy } from "../family.js";

type Settings = {
  /** Optical depth of the farthest parts. */
  depth: number;
  /** Colour of the scattered light, RGB. */
  light: [number, number, number];
  /** Size of the swathes, px. */
  swathe: number;
  /** Direction in which the mist thickens, radians from the x axis towards the y axis: into the distance or over the ground. */
  towards: number;
};

/**
 * Light lost and scattered on the way to the camera: picture x t + light x (1 - t), t = e^-depth (H. Koschmieder, 1924). What is
 * high in the picture is taken to be far, or else the mist lies on the ground.
 */
export const haze: DegradationFamily<Settings> = {
  name: "haze",
  summary: "Mist before the scene: pale and without contrast, more so in the distance and in swathes.",
  cell: { origin: "conventional", dimension: "technical" },
  aspects: ["technical"],
  measure: { name: "ciede2000", direction: "rises" },
  keeps: [{ what: "the outlines of things", measure: "ssim", atLeast: 0.2 }],
  parameters(severity, random) {
    const bright = random.uniform(196, 232);
    const warm = random.uniform(-8, 6);
    return {
      depth: tidy(lerp(0.4, 1.7, severity)),
      light: [tidy(bright + warm), tidy(bright + 0.2 * warm), tidy(bright - warm)],
      swathe: tidy(random.uniform(90, 180)),
      towards: tidy(random.sign() * random.uniform(0.3, 0.7) * Math.PI),
    };
  },
  apply(raster, { depth, light, swathe, towards }, random) {
    const { data, width, height } = raster;
    const field = smoothField(width, height, swathe * scaleOf(raster), random);
    const transmission = Float32Array.from({ length: 1024 }, (_, i) => Math.exp((-depth * i) / 1023));
    const [r, g, b] = light;
    const across = (0.55 * Math.cos(towards)) / width;
    const out = new Uint8Array(data.length);
    for (let y = 0, p = 0, i = 0; y < height; y++) {
      const down = 0.62 + 0.55 * Math.sin(towards) * ((y + 0.5) / height - 0.5);
      for (let x = 0; x < width; x++, p++, i += 3) {
        const distance = down + across * (x + 0.5 - width / 2) + 0.16 * (field[p] as number);
        const t = transmission[distance <= 0 ? 0 : distance >= 1 ? 1023 : (1023 * distance) | 0] as number;
        out[i] = r + ((data[i] as number) - r) * t + 0.5;
        out[i + 1] = g + ((data[i + 1] as number) - g) * t + 0.5;
        out[i + 2] = b + ((data[i + 2] as number) - b) * t + 0.5;
      }
    }
    return { data: out, width, height };
  },
};
