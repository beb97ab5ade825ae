// @ts-check
// Scores from several views, with the shipped model.
import { Eliq } from "eliq";
import t from "tap";
import { eliq as cli, example, modelDirectory } from "../support/model.js";

const flux = example("cat-flux2.webp");

t.test("views agree with the image as it is, and with themselves", async (t) => {
  const eliq = await Eliq.load({ model: modelDirectory });
  t.teardown(() => eliq.dispose());
  const plain = await eliq.score(flux);
  const score = await eliq.score(flux, { views: 4 });
  t.same(await eliq.score(flux, { views: 4 }), score, "to the bit");
  for (const error of ["quality", "technical", "aesthetic"].map(
    (name) => Object(score.uncertainty?.standardError)[name],
  ))
    t.ok(error > 0, `${error}`);
  t.ok(Math.abs(score.quality - plain.quality) < 0.15, `${score.quality}, ${plain.quality}`);
  t.not(score.quality, plain.quality);
});

t.test("score --views", async (t) => {
  const table = await cli(["score", flux, "--views", "3"]);
  t.match(table, { status: 0, stderr: "" });
  t.match(table.stdout, /^quality +± [\s\S]*\n +0\.\d{3} +0\.\d{3} /);
  const [line] = (await cli(["score", flux, "--views", "3", "--jsonl"])).stdout.split("\n");
  t.match(JSON.parse(String(line)), { ok: true, uncertainty: { views: 3, standardError: { alignment: null } } });
  const plain = JSON.parse((await cli(["score", flux, "--views", "1", "--jsonl"])).stdout);
  t.notOk("uncertainty" in plain);
  for (const views of ["0", "65", "two"])
    t.match(await cli(["score", flux, "--views", views]), { status: 2, stdout: "", stderr: /--views must be/ });
});
