// Scores the images that are named on the command line: node examples/score.mjs examples/*.webp
import { Eliq } from "eliq";

const eliq = await Eliq.load();
try {
  const paths = process.argv.slice(2);
  const results = await eliq.scoreBatch(paths);
  for (const [i, result] of results.entries()) {
    if (result.ok) console.log(result.score.quality.toFixed(3), paths[i]);
    else console.log(result.error.code, paths[i], result.error.message);
  }
} finally {
  await eliq.dispose();
}
