// @ts-check
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import t from "tap";
import { readAgiqa } from "../../dist/evaluation/agiqa.js";

const header = "name,prompt,adj1,adj2,style,mos_quality,std_quality,mos_align,std_align";
const lines = [
  header,
  'sd1.5_lowstep_001.jpg,"a tray, of ""sushi""",sharp,,baroque,2.5,0.1,3.25,0.2',
  "AttnGAN_normal_000.jpg,statue of a man,,,,0.965602553,0.223270101,0.40889324,0.615607722",
  "glide_normal_009.jpg,statue of a man,,,,1,0.2,0.4,0.6",
  "xl2.2_normal_010.jpg,statue of a man,,,,,0.2,0.4,0.6",
];

/** @param {Tap} t @param {string} table @typedef {import("tap").Test} Tap */
async function folder(t, table) {
  const directory = await mkdtemp(join(tmpdir(), "eliq-agiqa-"));
  t.teardown(() => rm(directory, { recursive: true, force: true }));
  await mkdir(join(directory, "images"));
  await writeFile(join(directory, "data.csv"), table);
  for (const name of ["sd1.5_lowstep_001.jpg", "xl2.2_normal_010.jpg"])
    await writeFile(join(directory, "images", name), "");
  await writeFile(join(directory, "AttnGAN_normal_000.jpg"), "");
  return directory;
}

t.test("the published layout", async (t) => {
  const directory = await folder(t, `${lines.join("\r\n")}\r\n`);
  const { name, items, problems } = await readAgiqa(directory);
  t.equal(name, "AGIQA-3K");
  t.same(items, [
    {
      name: "sd1.5_lowstep_001.jpg",
      path: join(directory, "images", "sd1.5_lowstep_001.jpg"),
      prompt: 'a tray, of "sushi"',
      generator: "sd1.5",
      variant: "lowstep",
      quality: 2.5,
      alignment: 3.25,
    },
    {
      name: "AttnGAN_normal_000.jpg",
      path: join(directory, "AttnGAN_normal_000.jpg"),
      prompt: "statue of a man",
      generator: "AttnGAN",
      variant: "normal",
      quality: 0.965602553,
      alignment: 0.40889324,
    },
  ]);
  t.same(problems, [
    { name: "glide_normal_009.jpg", reason: "the image is missing" },
    { name: "xl2.2_normal_010.jpg", reason: "an opinion is no number" },
  ]);
});

t.test("what is not the table", async (t) => {
  await t.rejects(readAgiqa(join(tmpdir(), "eliq-no-such-folder")), { code: "ERR_IO" });
  await t.rejects(readAgiqa(await folder(t, "image,mos\na.jpg,1\n")), {
    code: "ERR_INVALID_ARGUMENT",
    message: /columns name/,
  });
  await t.rejects(readAgiqa(await folder(t, `${header}\n`)), { code: "ERR_INVALID_ARGUMENT" });
  await t.rejects(readAgiqa(await folder(t, `${header}\n"unclosed`)), { code: "ERR_INVALID_ARGUMENT" });
});
