/** `eliq pairs`: label-free supervision as files. */
import { dispatch } from "../subcommands.js";

const group = {
  name: "pairs",
  about: `Makes ordered pairs without labels: good images are damaged in known ways at rising severity, prompts are edited and
exchanged, and a manifest says which side of each pair is better, in which aspect and by how much.`,
  examples: [
    "eliq pairs generate --prompts shipped --endpoint http://localhost:8000/v1 --out renders",
    "eliq pairs build --data renders --out pairs",
    "eliq pairs gallery pairs --output pairs.html",
  ],
};

const subcommands = {
  generate: "draw positives from prompts with an image-generation server",
  edit: "have an image-editing model spoil good images, as further negatives",
  build: "make pairs from a folder or list of good images",
  inspect: "check a manifest, or show one of its units",
  stats: "count families in ELIQ's grid; fails on an empty cell",
  gallery: "write an HTML page that shows every family and level",
} as const;

/** @returns the exit code. */
export function run(args: string[]): Promise<number> {
  return dispatch(group, subcommands, args);
}
