// @ts-check
// Every reader on a small copy of its data set's layout, with the published names of files and columns.
import { copyFile, mkdir, mkdtemp, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import t from "tap";
import { datasetNamed, datasetReaders, recogniseDataset } from "../../dist/evaluation/datasets/index.js";
import { plain } from "../support/images.js";
import { matFile } from "../support/mat-file.js";

const fixtures = fileURLToPath(new URL("../fixtures/evaluation/", import.meta.url));
const published = fileURLToPath(new URL("../../../shared/data/agiqa-3k-dev", import.meta.url));

const picture = await plain(8, 8, [90, 120, 150]).png().toBuffer();

/**
 * A folder with these files: text, bytes, or null for a small image.
 * @param {import("tap").Test} t @param {Record<string, string | Uint8Array | null>} files
 */
async function folder(t, files) {
  const root = await mkdtemp(join(tmpdir(), "eliq-datasets-"));
  t.teardown(() => rm(root, { recursive: true, force: true }));
  for (const [name, contents] of Object.entries(files)) {
    await mkdir(dirname(join(root, name)), { recursive: true });
    await writeFile(join(root, name), contents ?? picture);
  }
  return root;
}

/** Reads by name and by look, which must agree. @param {string} id @param {string} root */
async function read(id, root) {
  const recognised = await recogniseDataset(root);
  if (recognised?.id !== id) throw new Error(`${root} was taken for ${recognised?.id}, not ${id}`);
  const set = await datasetNamed(id).read(root);
  if (set.name !== datasetNamed(id).name && id !== "table") throw new Error(`the set is called ${set.name}`);
  if (set.layout !== datasetNamed(id).layout) throw new Error("the set does not say where its layout was seen");
  return set;
}

const readAgiqa = datasetNamed("agiqa-3k").read;

const agiqaHeader = "name,prompt,adj1,adj2,style,mos_quality,std_quality,mos_align,std_align";

t.test("AGIQA-3K", async (t) => {
  const lines = [
    agiqaHeader,
    'sd1.5_lowstep_001.jpg,"a tray, of ""sushi""",sharp,,baroque,2.5,0.1,3.25,0.2',
    "AttnGAN_normal_000.jpg,statue of a man,,,,0.965602553,0.223270101,0.40889324,0.615607722",
    "glide_normal_009.jpg,statue of a man,,,,1,0.2,0.4,0.6",
    "xl2.2_normal_010.jpg,statue of a man,,,,,0.2,0.4,0.6",
    "xl2.2_normal_011.jpg,statue of a man,,,,0x10,0.2,0.4,0.6",
    "AttnGAN_normal_000.jpg,statue of a man,,,,4,0.2,0.4,0.6",
    "../secret.jpg,statue of a man,,,,4,0.2,0.4,0.6",
    "torn_normal_1.jpg,statue",
  ];
  const root = await folder(t, {
    "data.csv": `\ufeff${lines.join("\r\n")}\r\n`,
    "images/sd1.5_lowstep_001.jpg": null,
    "images/xl2.2_normal_010.jpg": null,
    "images/xl2.2_normal_011.jpg": null,
    "AttnGAN_normal_000.jpg": null,
  });
  const { items, problems } = await read("agiqa-3k", root);
  t.same(items, [
    {
      name: "sd1.5_lowstep_001.jpg",
      path: join(root, "images", "sd1.5_lowstep_001.jpg"),
      prompt: 'a tray, of "sushi"',
      generator: "sd1.5",
      variant: "lowstep",
      group: 'a tray, of "sushi"',
      opinions: { quality: 2.5, alignment: 3.25 },
    },
    {
      name: "AttnGAN_normal_000.jpg",
      path: join(root, "AttnGAN_normal_000.jpg"),
      prompt: "statue of a man",
      generator: "AttnGAN",
      variant: "normal",
      group: "statue of a man",
      opinions: { quality: 0.965602553, alignment: 0.40889324 },
    },
  ]);
  t.same(problems, [
    { name: "data.csv:9", reason: "the line has 2 cells for 9 columns" },
    { name: "glide_normal_009.jpg", reason: "the image is missing" },
    { name: "xl2.2_normal_010.jpg", reason: "an opinion is no number" },
    { name: "xl2.2_normal_011.jpg", reason: "an opinion is no number" },
    { name: "AttnGAN_normal_000.jpg", reason: "it is listed twice; the first line counts" },
    { name: "../secret.jpg", reason: "its path leaves the folder" },
  ]);
  t.same(await readAgiqa(join(root, "data.csv")), await readAgiqa(root), "the table itself names its folder");
});

t.test("AGIQA-3K as published", { skip: await missing(published) }, async (t) => {
  const { items, problems } = await read("agiqa-3k", published);
  t.equal(items.length, 1492);
  t.same(problems, []);
  t.equal(new Set(items.map(({ group }) => group)).size, 150);
  t.same([...new Set(items.map(({ generator }) => generator))].sort(), [
    "AttnGAN",
    "DALLE2",
    "glide",
    "midjourney",
    "sd1.5",
    "xl2.2",
  ]);
  t.ok(items.every(({ opinions }) => Number.isFinite(opinions.quality) && Number.isFinite(opinions.alignment)));
});

t.test("what is not the table", async (t) => {
  await t.rejects(readAgiqa(join(tmpdir(), "eliq-no-such-folder")), { code: "ERR_IO", message: /no data\.csv/ });
  await t.rejects(readAgiqa(await folder(t, { "data.csv": "image,mos\na.jpg,1\n" })), {
    code: "ERR_DATASET",
    message: /lacks the columns name, .*this table image, mos/,
  });
  await t.rejects(readAgiqa(await folder(t, { "data.csv": `${agiqaHeader}\n` })), { code: "ERR_DATASET" });
  await t.rejects(readAgiqa(await folder(t, { "data.csv": `${agiqaHeader}\n"unclosed` })), {
    code: "ERR_DATASET",
    message: /well-formed/,
  });
  t.throws(() => datasetNamed("agiqa-9k"), { code: "ERR_INVALID_ARGUMENT", message: /agiqa-3k, aigciqa2023/ });
  t.equal(datasetNamed("KonIQ-10k").name, "KonIQ-10k");
  t.equal(await recogniseDataset(join(tmpdir(), "eliq-no-such-folder")), undefined);
  t.equal(await recogniseDataset(await folder(t, { "data.csv": "x,y\n1,2\n", "dmos.csv": '"' })), undefined);
  t.equal(new Set(datasetReaders.map(({ id }) => id)).size, 10);
});

t.test("AIGCIQA2023", async (t) => {
  const numbers = Array.from({ length: 2400 }, (_, index) => 20 + index / 64);
  const tables = {
    "DATA/MOS/mosz1.mat": matFile([{ name: "MOSz", numbers }], { compressed: true }),
    "DATA/MOS/mosz2.mat": matFile([{ name: "MOSz", numbers: numbers.map(() => 1) }]),
    "DATA/MOS/mosz3.mat": matFile([{ name: "MOSz", numbers: numbers.map((value) => 100 - value) }]),
  };
  const images = { "Image/allimg/0.png": null, "Image/allimg/9.png": null, "Image/allimg/2399.png": null };
  const root = await folder(t, { ...tables, ...images });
  await copyFile(join(fixtures, "aigciqa2023-prompts.xlsx"), join(root, "AIGCIQA2023_Prompts.xlsx"));
  const { items, problems } = await read("aigciqa2023", root);
  t.same(items, [
    {
      name: "0.png",
      path: join(root, "Image", "allimg", "0.png"),
      prompt: "prompt number 0",
      generator: "Controlnet",
      group: "prompt 0",
      opinions: { quality: 20, alignment: 80 },
    },
    {
      name: "9.png",
      path: join(root, "Image", "allimg", "9.png"),
      prompt: "1984",
      generator: "Controlnet",
      group: "prompt 2",
      opinions: { quality: 20.140625, alignment: 79.859375 },
    },
    {
      name: "2399.png",
      path: join(root, "Image", "allimg", "2399.png"),
      prompt: "prompt number 99",
      generator: "Unidiffuser",
      group: "prompt 99",
      opinions: { quality: 57.484375, alignment: 42.515625 },
    },
  ]);
  t.equal(problems.length, 2397);

  t.same((await read("aigciqa2023", join(root, "DATA", "MOS", "mosz1.mat"))).items, items, "a table names its folder");

  await rm(join(root, "DATA/MOS/mosz3.mat"));
  await rm(join(root, "AIGCIQA2023_Prompts.xlsx"));
  const less = await read("aigciqa2023", root);
  t.same(less.items[2], {
    name: "2399.png",
    path: join(root, "Image", "allimg", "2399.png"),
    generator: "Unidiffuser",
    group: "prompt 99",
    opinions: { quality: 57.484375 },
  });
  t.same(
    less.problems.slice(0, 2).map(({ name }) => name),
    ["mosz3.mat", "AIGCIQA2023_Prompts.xlsx"],
  );

  const csv = [
    ",name,prompt,style,class,quality_mos,authenticity_mos,correspondence_mos,quality_std,authenticity_std,correspondence_std",
    "0,0.png,a corgi,Basic,Animals,60.16417843,47.24654087,59.98587335,0.885226373,1.260743306,1.35627198",
    "400,400.png,a corgi,Basic,Animals,50,40,30,1,1,1",
  ];
  const table = await folder(t, {
    "AIGCIQA2023.csv": csv.join("\n"),
    "Image/allimg/0.png": null,
    "Image/allimg/400.png": null,
  });
  t.same(
    (await read("aigciqa2023", table)).items.map(({ name, prompt, generator, group, opinions }) => ({
      name,
      prompt,
      generator,
      group,
      opinions,
    })),
    [
      {
        name: "0.png",
        prompt: "a corgi",
        generator: "Controlnet",
        group: "prompt 0",
        opinions: { quality: 60.16417843, alignment: 59.98587335 },
      },
      {
        name: "400.png",
        prompt: "a corgi",
        generator: "DALLE",
        group: "prompt 0",
        opinions: { quality: 50, alignment: 30 },
      },
    ],
  );

  const reader = datasetNamed("aigciqa2023");
  const short = await folder(t, { "mosz1.mat": matFile([{ name: "MOSz", numbers: [1, 2] }]) });
  await t.rejects(reader.read(short), { code: "ERR_DATASET", message: /2 opinions, AIGCIQA2023 has 2400/ });
  const other = await folder(t, { "mosz1.mat": matFile([{ name: "mos", numbers }]) });
  await t.rejects(reader.read(other), { code: "ERR_DATASET", message: /no variable MOSz of numbers.*are mos/ });
  const prompts = await folder(t, {
    ...tables,
    "AIGCIQA2023_Prompts.csv": "prompt,style,class\na corgi,Basic,Animals\n",
  });
  await t.rejects(reader.read(prompts), { code: "ERR_DATASET", message: /1 prompts, AIGCIQA2023 has 100/ });
  await t.rejects(reader.read(await folder(t, {})), { code: "ERR_IO", message: /mosz1\.mat or AIGCIQA2023\.csv/ });
});

t.test("AIGIQA-20K", async (t) => {
  const files = {
    "info_train.csv": 'name,prompt,mos\nDALLE2_0000.png,"A cyberpunk gopnik, by night",3.6638868235\n',
    "info_val.csv": "name,prompt,mos\nSSD1B_1870.png,hamster,4.607017430000001\nSSD1B_1871.png,hamster,4\n",
    "info_test.csv": "name,prompt\nDALLE2_0001.png,a cat\n",
    "train/DALLE2_0000.png": null,
    "val/SSD1B_1870.png": null,
  };
  const { items, problems } = await read("aigiqa-20k", await folder(t, files));
  t.same(
    items.map(({ name, prompt, generator, group, opinions }) => ({ name, prompt, generator, group, opinions })),
    [
      {
        name: "DALLE2_0000.png",
        prompt: "A cyberpunk gopnik, by night",
        generator: "DALLE2",
        group: "A cyberpunk gopnik, by night",
        opinions: { quality: 3.6638868235 },
      },
      {
        name: "SSD1B_1870.png",
        prompt: "hamster",
        generator: "SSD1B",
        group: "hamster",
        opinions: { quality: 4.607017430000001 },
      },
    ],
  );
  t.same(problems, [
    { name: "SSD1B_1871.png", reason: "the image is missing" },
    { name: "info_test.csv", reason: "the table lacks mos" },
  ]);
  await t.rejects(datasetNamed("aigiqa-20k").read(await folder(t, { "info_test.csv": files["info_test.csv"] })), {
    code: "ERR_DATASET",
    message: /lacks the column mos/,
  });
});

t.test("AGIQA-1K", async (t) => {
  const images = { "file/deepai_0_0_0_0.jpg": null, "file/dreamStudio_0_0_0_0.jpg": null };
  const root = await folder(t, images);
  await copyFile(join(fixtures, "agiqa-1k.xlsx"), join(root, "AIGC_MOS_Zscore.xlsx"));
  const sheet = await read("agiqa-1k", root);
  t.same(sheet.items[0], {
    name: "deepai_0_0_0_0.jpg",
    path: join(root, "file", "deepai_0_0_0_0.jpg"),
    prompt: "bird, driving aircraft, city, anime style",
    generator: "deepai",
    group: "0_0_0_0",
    opinions: { quality: 2.7934 },
  });
  t.equal(sheet.items[1]?.group, "0_0_0_0", "both generators' images of one prompt stay together");
  t.same(sheet.problems, [{ name: "deepai_3_9_0_1.jpg", reason: "the image is missing" }]);

  const csv = "Image,Score\ndreamStudio_0_0_0_0.jpg,1.818181818\n";
  const plainMeans = await read("agiqa-1k", await folder(t, { ...images, "AIGC_all.csv": csv }));
  t.match(plainMeans.items, [{ generator: "dreamStudio", group: "0_0_0_0", opinions: { quality: 1.818181818 } }]);
  t.notOk("prompt" in (plainMeans.items[0] ?? {}));
});

t.test("KonIQ-10k: both tables give 0 to 100", async (t) => {
  const images = { "1024x768/10004473376.jpg": null };
  const scores =
    "image_name,c1,c2,c3,c4,c5,c_total,MOS,SD,MOS_zscore\n10004473376.jpg,0,0,25,73,7,105,3.828571429,0.527277894,77.38362069\n";
  const sets =
    "image_name,c1,c2,c3,c4,c5,c_total,MOS,SD,set\n10004473376.jpg,0.0,0.0,0.238,0.695,0.067,105,77.3836206897,0.527277894494,training\n";
  const first = await read(
    "koniq-10k",
    await folder(t, { ...images, "koniq10k_scores_and_distributions.csv": scores }),
  );
  t.match(first.items, [{ group: "10004473376.jpg", opinions: { quality: 77.38362069 } }]);
  const second = await read(
    "koniq-10k",
    await folder(t, { ...images, "metadata/koniq10k_distributions_sets.csv": sets }),
  );
  t.match(second.items, [{ group: "10004473376.jpg", opinions: { quality: 77.3836206897 } }]);
  const bare = await folder(t, { "koniq10k_scores_and_distributions.csv": "image_name,MOS\n1.jpg,3\n" });
  await t.rejects(datasetNamed("koniq-10k").read(bare), { code: "ERR_DATASET", message: /MOS_zscore/ });
});

t.test("SPAQ", async (t) => {
  const root = await folder(t, { "TestImage/00001.jpg": null, "TestImage/00003.jpg": null, "Annotations/x": "" });
  const table = join(root, "Annotations", "MOS and Image attribute scores.xlsx");
  await copyFile(join(fixtures, "spaq.xlsx"), table);
  const set = await read("spaq", root);
  t.same(set.items, [
    {
      name: "00001.jpg",
      path: join(root, "TestImage", "00001.jpg"),
      group: "00001.jpg",
      opinions: { quality: 32.33333 },
    },
  ]);
  t.same(set.problems, [
    { name: "00002.jpg", reason: "the image is missing" },
    { name: "00003.jpg", reason: "an opinion is no number" },
  ]);
  t.same((await read("spaq", table)).items, set.items, "the table names the folder above its own");
  await writeFile(table, "not a spreadsheet");
  await t.rejects(datasetNamed("spaq").read(root), { code: "ERR_DATASET", message: /not an Excel table/ });
});

t.test("KADID-10k: dmos is higher for less damage, so its sign stays", async (t) => {
  const root = await folder(t, {
    "dmos.csv": "dist_img,ref_img,dmos,var\nI01_01_01.png,I01.png,4.57,0.496\nI01_01_05.png,I01.png,1.1,0.3\n",
    "images/I01_01_01.png": null,
    "images/I01_01_05.png": null,
  });
  const { items } = await read("kadid-10k", root);
  t.match(items, [
    { group: "I01.png", opinions: { quality: 4.57 } },
    { group: "I01.png", opinions: { quality: 1.1 } },
  ]);
  await copyFile(join(root, "dmos.csv"), join(root, "mine.csv"));
  t.equal(await recogniseDataset(join(root, "mine.csv")), undefined);
  t.same(
    (await datasetNamed("kadid-10k").read(join(root, "mine.csv"))).items,
    items,
    "a table of another name, if asked for",
  );
});

t.test("LIVE-C", async (t) => {
  const names = [...Array.from({ length: 7 }, (_, index) => `t${index + 1}.bmp`), "3.bmp", "4.bmp", "5.bmp"];
  const numbers = names.map((_, index) => 60 + index);
  const files = {
    "Data/AllImages_release.mat": matFile([{ name: "AllImages_release", texts: names }], { compressed: true }),
    "Data/AllMOS_release.mat": matFile([{ name: "AllMOS_release", numbers, shape: [1, 10] }]),
    "Images/3.bmp": null,
    "Images/5.BMP": null,
    "Images/t1.bmp": null,
  };
  const root = await folder(t, files);
  const set = await read("live-c", root);
  t.same(set.items, [
    { name: "3.bmp", path: join(root, "Images", "3.bmp"), group: "3.bmp", opinions: { quality: 67 } },
    { name: "5.bmp", path: join(root, "Images", "5.BMP"), group: "5.bmp", opinions: { quality: 69 } },
  ]);
  t.same(set.problems, [{ name: "4.bmp", reason: "the image is missing" }]);
  const wrong = { ...files, "Data/AllMOS_release.mat": matFile([{ name: "AllMOS_release", numbers: [1] }]) };
  await t.rejects(datasetNamed("live-c").read(await folder(t, wrong)), {
    code: "ERR_DATASET",
    message: /names 10 images and .* has 1 opinions/,
  });
  const half = await folder(t, { "Data/AllImages_release.mat": files["Data/AllImages_release.mat"] });
  await t.rejects(datasetNamed("live-c").read(half), { code: "ERR_IO", message: /no AllMOS_release\.mat/ });
});

t.test("TID2013, whose names differ from its files in capitals", async (t) => {
  const root = await folder(t, {
    "mos_with_names.txt": "5.51429 I01_01_1.bmp\n5.56757 i25_01_2.bmp\nnonsense\n5 I01_01_4.bmp\nx I01_01_5.bmp\n",
    "distorted_images/i01_01_1.bmp": null,
    "distorted_images/I25_01_2.BMP": null,
    "distorted_images/I01_01_5.bmp": null,
  });
  const { items, problems } = await read("tid2013", root);
  t.match(items, [
    { path: join(root, "distorted_images", "i01_01_1.bmp"), group: "I01", opinions: { quality: 5.51429 } },
    { path: join(root, "distorted_images", "I25_01_2.BMP"), group: "I25", opinions: { quality: 5.56757 } },
  ]);
  t.same(problems, [
    { name: "mos_with_names.txt:3", reason: "the line is not an opinion and an image" },
    { name: "I01_01_4.bmp", reason: "the image is missing" },
    { name: "I01_01_5.bmp", reason: "an opinion is no number" },
  ]);
  const other = await folder(t, { "mos_with_names.txt": "name,mos\n" });
  await t.rejects(datasetNamed("tid2013").read(other), { code: "ERR_DATASET" });
  await t.rejects(datasetNamed("tid2013").read(tmpdir()), { code: "ERR_IO" });
});

t.test("a table of one's own", async (t) => {
  const root = await folder(t, {
    "mine.csv": [
      "image,prompt,mos_quality,mos_align,generator,group",
      "a.png,a cat,3,4,mine,cats",
      "sub/b.png,a dog,,2.5,,",
      "c.png,,,,,",
      "sub\\\\b.png,again,1,1,,",
      ",nothing,1,1,,",
      "/etc/passwd,outside,1,1,,",
      "C:\\x.png,outside,1,1,,",
      "sub,a folder,1,1,,",
      'd.png,a 6" nail,5,,,',
    ].join("\n"),
    "a.png": null,
    "d.png": null,
    "sub/b.png": null,
    "c.png": null,
  });
  const { name, items, problems } = await read("table", join(root, "mine.csv"));
  t.equal(name, "mine");
  t.same(items, [
    {
      name: "a.png",
      path: join(root, "a.png"),
      prompt: "a cat",
      generator: "mine",
      group: "cats",
      opinions: { quality: 3, alignment: 4 },
    },
    {
      name: "sub/b.png",
      path: join(root, "sub", "b.png"),
      prompt: "a dog",
      group: "a dog",
      opinions: { alignment: 2.5 },
    },
    { name: "d.png", path: join(root, "d.png"), prompt: 'a 6" nail', group: 'a 6" nail', opinions: { quality: 5 } },
  ]);
  t.same(problems, [
    { name: "c.png", reason: "there is no opinion" },
    { name: "sub\\\\b.png", reason: "it is listed twice; the first line counts" },
    { name: "", reason: "the line names no image" },
    { name: "/etc/passwd", reason: "its path leaves the folder" },
    { name: "C:\\x.png", reason: "its path leaves the folder" },
    { name: "sub", reason: "the image is missing" },
  ]);

  const lines = [
    '{"image":"a.png","mos_quality":3}',
    "torn",
    "",
    '{"image":"b.png","mos_quality":"4.5","mos_align":null}',
  ];
  const jsonl = await folder(t, { "opinions.jsonl": lines.join("\n"), "a.png": null, "b.png": null });
  const set = await read("table", jsonl);
  t.match(set.items, [
    { group: "a.png", opinions: { quality: 3 } },
    { group: "b.png", opinions: { quality: 4.5 } },
  ]);
  t.same(set.problems, [{ name: "opinions.jsonl:2", reason: "the line is not a JSON object" }]);

  const reader = datasetNamed("table");
  await t.rejects(reader.read(await folder(t, { "data.csv": "image,score\na.png,1\n" })), {
    code: "ERR_DATASET",
    message: /neither mos_quality nor mos_align; its columns are image, score/,
  });
  await t.rejects(reader.read(await folder(t, { "data.csv": "name,mos_quality\na.png,1\n" })), {
    code: "ERR_DATASET",
    message: /lacks the column image/,
  });
  await t.rejects(reader.read(await folder(t, {})), { code: "ERR_IO" });
});

t.test("names that differ in capitals only are told apart, and never guessed", async (t) => {
  const root = await folder(t, {
    "data.csv": "image,mos_quality\nA.png,1\na.png,2\nB.PNG,3\nlink.png,4\n",
    "A.png": null,
    "a.png": null,
    "b.png": null,
    "b.Png": null,
  });
  await symlink(join(root, "a.png"), join(root, "link.png"));
  const { items, problems } = await datasetNamed("table").read(root);
  t.same(
    items.map(({ path }) => path),
    ["A.png", "a.png", "link.png"].map((name) => join(root, name)),
  );
  t.same(problems, [{ name: "B.PNG", reason: "the image is missing" }]);
});

/** @param {string} path */
async function missing(path) {
  return stat(path).then(
    () => false,
    () => `there is no ${path}`,
  );
}
