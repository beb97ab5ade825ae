// @ts-check
// What the README shows works: its JavaScript is run as it stands, its commands and links are there.
import { execFile } from "node:child_process";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import t from "tap";
import { plainEnvironment, root } from "../support/model.js";

const run = promisify(execFile);
const env = plainEnvironment();
const readme = readFileSync(join(root, "README.md"), "utf8");
const blocks = [...readme.matchAll(/^```(\w+)\n(.*?)^```$/gms)].map(([, language = "", code = ""]) => ({
  language,
  code,
}));

t.test("the JavaScript runs in the clone and prints scores", async (t) => {
  const scripts = blocks.filter(({ language }) => language === "js");
  t.ok(scripts.length > 0, "there is some");
  for (const [i, { code }] of scripts.entries()) {
    const path = join(root, `.readme-${process.pid}-${i}.mjs`);
    writeFileSync(path, code);
    t.teardown(() => rmSync(path, { force: true }));
    const { stdout } = await run(process.execPath, [path], { cwd: root, env });
    t.match(
      stdout,
      /0\.\d+ \{ technical: 0\.\d+, aesthetic: 0\.\d+ \}\n0\.\d+\n0\.\d+\nERR_IMAGE_NOT_FOUND\nthe first is better/,
    );
  }
});

t.test("the first command scores the shipped image", async (t) => {
  const [command = ""] = /node dist\/cli\/main\.js (.+)/.exec(blocks[0]?.code ?? "") ?? [];
  t.ok(command);
  const { stdout } = await run(process.execPath, command.split(" ").slice(1), { cwd: root, env });
  t.match(stdout, /0\.\d{3}.+examples\/cat-flux2\.webp\n$/);
});

t.test("the commands exist and know the options that are shown", async (t) => {
  const shown = [...readme.matchAll(/\beliq (score|compare|embed|explain|train|setup|doctor)\b([^\n#`]*)/g)];
  t.ok(shown.length >= 6);
  for (const [, command = "", rest = ""] of shown) {
    const { stdout } = await run(process.execPath, [join(root, "dist/cli/main.js"), command, "--help"], { env });
    for (const option of rest.match(/--[a-z-]+/g) ?? []) t.ok(stdout.includes(option), `${command} ${option}`);
  }
});

t.test("links lead to files, in the README and in docs/", async (t) => {
  for (const name of ["README.md", "docs/api.md", "docs/cli.md", "docs/architecture.md"]) {
    const text = readFileSync(join(root, name), "utf8");
    for (const [, target = ""] of text.matchAll(/\]\(([^)#:]+)\)/g)) {
      t.ok(existsSync(join(root, name, "..", target)), `${name}: ${target}`);
    }
  }
});

t.test("the example scripts run", async (t) => {
  const image = join(root, "examples", "cat-sd15.webp");
  const esm = await run(process.execPath, [join(root, "examples", "score.mjs"), image, "missing.png"], { env });
  t.match(esm.stdout, /^0\.\d{3} .*cat-sd15\.webp\nERR_IMAGE_NOT_FOUND missing\.png/);
  const cjs = await run(process.execPath, [join(root, "examples", "score.cjs"), image], { env });
  t.match(cjs.stdout, /quality: 0\.\d+.*technical: 0\.\d+/s);
});
