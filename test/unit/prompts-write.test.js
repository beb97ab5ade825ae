// @ts-check
// The writer of prompts against a real HTTP server that behaves as chat APIs do, good and bad.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import t from "tap";
import { RequestLimiter } from "../../dist/pairs/positives/http.js";
import { completionText, readCandidates } from "../../dist/pairs/prompts/chat-answer.js";
import { lintPrompts } from "../../dist/pairs/prompts/lint.js";
import { loadPrompts } from "../../dist/pairs/prompts/load.js";
import { shippedPrompts } from "../../dist/pairs/prompts/shipped.js";
import { writePrompts } from "../../dist/pairs/prompts/write.js";

/** @typedef {import("../../dist/pairs/prompts/write.js").WriteOptions} WriteOptions */
/** @typedef {{ url: string | undefined, key: string | undefined, body: any, category: string, count: number }} Received */
/** @typedef {{ status?: number, headers?: Record<string, string>, content?: string, raw?: string, delay?: number }} Reply */

const folder = mkdtempSync(join(tmpdir(), "eliq-write-"));
t.teardown(() => rmSync(folder, { recursive: true, force: true }));
let files = 0;
const newFile = () => join(folder, `${files++}.jsonl`);

/**
 * A chat API. `reply` gets each request with its number, from 0.
 * @param {import("tap").Test} t @param {(request: Received, number: number) => Reply} reply
 */
async function serve(t, reply) {
  /** @type {Received[]} */
  const received = [];
  const server = createServer(async (request, response) => {
    let text = "";
    for await (const part of request) text += part;
    const body = JSON.parse(text);
    const asked = /Write (\d+) new prompts of the category "(\w+)"/.exec(body.messages.at(-1).content);
    const entry = {
      url: request.url,
      key: request.headers.authorization,
      body,
      category: asked?.[2] ?? "",
      count: Number(asked?.[1]),
    };
    const { status = 200, headers = {}, content = "", raw, delay = 0 } = reply(entry, received.push(entry) - 1);
    await new Promise((resolve) => setTimeout(resolve, delay).unref());
    response.writeHead(status, { "content-type": "application/json", ...headers });
    response.end(raw ?? JSON.stringify({ choices: [{ message: { role: "assistant", content } }] }));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  return { endpoint: `http://127.0.0.1:${port}/v1/`, received };
}

let made = 0;
/** Words that no other prompt has. */
function freshText() {
  made++;
  return `Subject${made} stands near place${made} under sky${made}`;
}

/** @param {Received} request @param {number} [times] */
function goodPrompts({ category, count }, times = count) {
  return Array.from({ length: times }, () => ({
    text: freshText(),
    categories: [category],
    features: ["spatial-relation"],
  }));
}

/** @param {Received} request @param {number} [times] */
const good = (request, times) => ({ content: JSON.stringify({ prompts: goodPrompts(request, times) }) });

/** @param {string} endpoint @param {Partial<WriteOptions>} [more] @returns {WriteOptions} */
const options = (endpoint, more = {}) => ({
  endpoint,
  model: "test-model",
  out: newFile(),
  perCategory: 5,
  batch: 5,
  ...more,
  request: { backoff: { firstMs: 1, maxMs: 5, maxRetryAfterMs: 5000 }, retries: 3, timeoutMs: 5000, ...more.request },
});

/** @param {string} path */
const linesOf = (path) =>
  readFileSync(path, "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));

t.test("fills every category, with labels, seed and examples in the requests", async (t) => {
  const { endpoint, received } = await serve(t, (request) => good(request));
  process.env.ELIQ_TEST_KEY = "sk-test-0123456789";
  t.teardown(() => delete process.env.ELIQ_TEST_KEY);
  /** @type {number[]} */
  const progress = [];
  const given = options(endpoint, {
    apiKeyEnv: "ELIQ_TEST_KEY",
    seed: 3,
    temperature: 0.9,
    onProgress: ({ filled }) => progress.push(filled),
  });
  const result = await writePrompts(given);
  t.match(result, {
    filled: 35,
    wanted: 35,
    added: 35,
    requests: 7,
    counts: { food: 5, events: 5 },
    rejected: { duplicate: 0 },
  });
  t.same(progress, [5, 10, 15, 20, 25, 30, 35]);
  t.equal(new Set(received.map(({ body }) => body.seed)).size, 7, "each request has its own seed");
  const shipped = new Set((await shippedPrompts()).map(({ text }) => text));
  for (const { url, key, body, category, count } of received) {
    t.equal(url, "/v1/chat/completions");
    t.equal(key, "Bearer sk-test-0123456789");
    t.equal(count, 5);
    t.match(body, { model: "test-model", temperature: 0.9, messages: [{ role: "system" }, { role: "user" }] });
    t.ok(Number.isSafeInteger(body.seed) && body.seed >= 0);
    const examples = [...body.messages[1].content.matchAll(/^\{"text".*\}$/gm)].map(([line]) => JSON.parse(line));
    t.equal(examples.length, 4);
    for (const example of examples) t.ok(shipped.has(example.text) && example.categories.includes(category));
  }
  const written = linesOf(given.out);
  t.equal(written.length, 35);
  t.match(written[0], { id: /^w[0-9a-f]{12}$/, categories: ["indoor"], features: ["spatial-relation"] });
  t.match(await lintPrompts(loadPrompts(given.out)), { prompts: 35, errors: 0, unlabelled: 0 });
  t.notMatch(readFileSync(given.out, "utf8"), /sk-test/);

  const again = options(endpoint, { seed: 3, temperature: 0.9 });
  const first = received.length;
  await writePrompts(again);
  t.same(received[first]?.body, received[0]?.body, "the same seed asks the same");
  t.equal(received[first]?.key, undefined, "no key where no variable is named and none is set");
});

t.test("leaves out what repeats, is unfit or is not needed", async (t) => {
  const known = /** @type {string} */ ((await shippedPrompts())[0]?.text);
  const avoided = "An avoided prompt about quiet marble kettles";
  const avoid = join(folder, "avoid.txt");
  writeFileSync(avoid, `${avoided}\n`);
  const same = freshText();
  const { endpoint } = await serve(t, (request, number) => {
    const { category } = request;
    const more = ["Food", "nonsense"];
    const prompts =
      number === 0
        ? [
            { text: same, categories: [category, ...more], features: ["count", "taste"] },
            { text: `${same.toUpperCase()}!`, categories: [category] },
            { text: known.replace("narrow", "little"), categories: [category] },
            { text: avoided, categories: [category] },
            { text: "two words", categories: [category] },
            { text: "invisible \u200b character here", categories: [category] },
            { text: freshText(), categories: ["nature"] },
            { text: freshText(), categories: [] },
          ]
        : goodPrompts(request, 40);
    return { content: JSON.stringify({ prompts }) };
  });
  const given = options(endpoint, { categories: ["indoor", "food"], perCategory: 3, avoid: [avoid] });
  const result = await writePrompts(given);
  t.match(result, {
    filled: 6,
    counts: { indoor: 3, food: 3, nature: 0 },
    rejected: { duplicate: 3, unfit: 2, "other-category": 1, "not-needed": 39 + 38, "unreadable-answer": 0 },
  });
  const written = linesOf(given.out);
  t.equal(written.length, 5, "a prompt of two categories counts for both");
  t.match(written[0], { text: same, categories: ["indoor", "food"], features: ["count"] });
  t.match(
    written[1],
    { categories: ["indoor"], features: [] },
    "without labels, it has the category that was asked for",
  );
});

t.test("reads answers however they are wrapped", async (t) => {
  const list = [
    { text: "A red cup", categories: ["food"], features: ["colour"] },
    { text: 'A sign that says "{x}"', categories: [], features: [] },
  ];
  const json = JSON.stringify({ prompts: list });
  t.same(readCandidates(json), list);
  t.same(readCandidates(JSON.stringify(list)), list);
  t.same(readCandidates(`Sure! Here they are:\n\`\`\`json\n${json}\n\`\`\`\nEnjoy.`), list);
  t.same(readCandidates(`<think>{"text": "not this"}</think>\n${json}`), list);
  t.same(readCandidates(`Sure: ${json} Enjoy {this}.`), list);
  t.same(readCandidates(`${json.slice(0, -2)},{"text":"cut o`), list, "cut off");
  t.same(readCandidates(`\`\`\`json\n${json.slice(0, -2)},{"text":"cut o`), list, "cut off within a fence");
  t.same(readCandidates(`${json.slice(0, -2)},]}`), list, "a comma too many");
  t.same(readCandidates('["A red\\n cup ", "x"]'), [
    { text: "A red cup", categories: [], features: [] },
    { text: "x", categories: [], features: [] },
  ]);
  t.match(readCandidates('{"items":[{"prompt":"a","category":"food"}]}'), [{ text: "a", categories: ["food"] }]);
  t.match(readCandidates('{"text":"a","categories":[1,"food"]}'), [{ text: "a", categories: ["food"] }]);
  for (const none of ["", "I cannot help.", "{}", "[]", "null", "[1,[2]]", '{"text":7}', "}}{{", '{"a"'])
    t.same(readCandidates(none), [], none);
  t.equal(
    completionText({ choices: [{ message: { content: [{ type: "text", text: "a" }, { text: "b" }, {}] } }] }),
    "ab",
  );
  for (const odd of [null, 7, "x", {}, { choices: [] }, { choices: [{ message: {} }] }])
    t.equal(completionText(odd), undefined);
});

t.test("tries again: 429 with Retry-After, 500, text that is not JSON, slowness", async (t) => {
  const times = /** @type {number[]} */ ([]);
  const replies = /** @type {Reply[]} */ ([
    { status: 429, headers: { "retry-after": "1" }, raw: '{"error":{"message":"slow down"}}' },
    { status: 500, raw: "oops" },
    { raw: "<html>not json" },
    { delay: 1500, content: "[]" },
  ]);
  const { endpoint, received } = await serve(t, (request, number) => {
    times.push(performance.now());
    return replies[number] ?? good(request);
  });
  const result = await writePrompts(
    options(endpoint, { categories: ["food"], request: { retries: 4, timeoutMs: 600 } }),
  );
  t.match(result, { filled: 5, requests: 1 });
  t.equal(received.length, 5);
  t.ok(/** @type {number} */ (times[1]) - /** @type {number} */ (times[0]) >= 990, "waits as long as it is told");
});

t.test("goes on after answers that hold no prompts, and gives up when none come", async (t) => {
  const { endpoint, received } = await serve(t, (request, number) =>
    number % 2 === 0 ? { content: "I would rather not." } : good(request, 1),
  );
  const result = await writePrompts(options(endpoint, { categories: ["food"], perCategory: 3 }));
  t.match(result, { filled: 3, requests: 6, rejected: { "unreadable-answer": 3 } });
  t.equal(received[2]?.count, 2, "asks for what is missing");
  t.match(received[3]?.body.messages[1].content, /Written already[\s\S]*- Subject/);

  const repeated = freshText();
  const stuck = await serve(t, ({ category }) => ({
    content: JSON.stringify([{ text: repeated, categories: [category] }]),
  }));
  const given = options(stuck.endpoint, { categories: ["food", "people"], perCategory: 2, patience: 2 });
  await t.rejects(writePrompts(given), {
    code: "ERR_URL_FETCH",
    message:
      /"test-model" brought no new prompt in 2 rounds \(left out so far: 5 duplicate\); missing: 1 of people, 2 of food\. What there is was kept/,
  });
  t.equal(stuck.received.length, 6);
  t.equal(linesOf(given.out).length, 1);
  t.equal(new Set(stuck.received.map(({ body }) => body.seed)).size, 6, "no request is made twice");
});

t.test("a request that the server refuses ends the run, and no message shows the key", async (t) => {
  process.env.ELIQ_TEST_KEY = "very-secret-value";
  t.teardown(() => delete process.env.ELIQ_TEST_KEY);
  const { endpoint, received } = await serve(t, () => ({
    status: 401,
    raw: '{"error":{"message":"Incorrect API key provided: very-secret-value"}}',
  }));
  const error = await writePrompts(options(endpoint, { apiKeyEnv: "ELIQ_TEST_KEY" })).catch((caught) => caught);
  t.match(error, { code: "ERR_INVALID_ARGUMENT", message: /401.*Check the API key/ });
  t.notMatch(`${error.message}${error.stack}`, /very-secret/);
  t.equal(received.length, 1);
  const down = await serve(t, () => ({ status: 503 }));
  await t.rejects(writePrompts(options(down.endpoint)), { code: "ERR_URL_FETCH", message: /503/ });
  t.equal(down.received.length, 4);
});

t.test("options that make no sense", async (t) => {
  const { endpoint, received } = await serve(t, (request) => good(request));
  const bad = /** @type {Partial<WriteOptions>[]} */ ([
    { perCategory: 0 },
    { batch: 1.5 },
    { patience: 0 },
    { seed: 0.5 },
    { temperature: -1 },
    { categories: [] },
    { categories: [/** @type {any} */ ("drink")] },
    { model: "" },
    { endpoint: "nowhere" },
    { endpoint: "ftp://127.0.0.1/" },
    { apiKeyEnv: "ELIQ_TEST_NOT_SET" },
    { avoid: [join(folder, "a.docx")] },
  ]);
  for (const more of bad)
    await t.rejects(
      writePrompts({ ...options(endpoint), ...more }),
      { code: "ERR_INVALID_ARGUMENT" },
      JSON.stringify(more),
    );
  await t.rejects(writePrompts(options(endpoint, { avoid: [join(folder, "none.txt")] })), { code: "ERR_IO" });
  await t.rejects(writePrompts(options(endpoint, { out: join(folder, "none", "x.jsonl") })), { code: "ERR_IO" });
  t.equal(received.length, 0);
});

t.test("an abort ends it at once, and the same call goes on", async (t) => {
  let stop = true;
  const { endpoint, received } = await serve(t, (request, number) =>
    stop && number === 2 ? { delay: 60_000 } : good(request),
  );
  const controller = new AbortController();
  const given = options(endpoint, { request: { timeoutMs: 100_000 } });
  const running = writePrompts({ ...given, signal: controller.signal });
  while (received.length < 3) await new Promise((resolve) => setTimeout(resolve, 5));
  const started = performance.now();
  controller.abort();
  await t.rejects(running, { code: "ERR_ABORTED" });
  t.ok(performance.now() - started < 1000);
  t.equal(linesOf(given.out).length, 10);
  await t.rejects(writePrompts({ ...given, signal: AbortSignal.abort() }), { code: "ERR_ABORTED" });

  stop = false;
  const before = readFileSync(given.out, "utf8");
  writeFileSync(given.out, `${before}{"id":"w0123","text":"torn li`);
  const aborted = received.at(-1);
  t.match(await writePrompts(given), { filled: 35, added: 25 });
  t.ok(readFileSync(given.out, "utf8").startsWith(before));
  t.equal(linesOf(given.out).length, 35);
  t.same(received[3]?.body, aborted?.body, "asks again what was not answered");
  const requests = received.length;
  t.match(await writePrompts(given), { filled: 35, added: 0, requests: 0 });
  t.equal(received.length, requests, "a full set asks for nothing");

  writeFileSync(given.out, before.trimEnd());
  await writePrompts({ ...given, perCategory: 1, categories: ["indoor"] });
  t.equal(readFileSync(given.out, "utf8"), before, "a whole line without its end is kept");
});

t.test("a file that is not a set of prompts is left as it is", async (t) => {
  const { endpoint } = await serve(t, (request) => good(request));
  for (const contents of ["my notes", "my\nnotes", '{"text":"a red cup"}\n', "x\n"]) {
    const out = newFile();
    writeFileSync(out, contents);
    await t.rejects(writePrompts({ ...options(endpoint), out }), { code: "ERR_INVALID_ARGUMENT" }, contents);
    t.equal(readFileSync(out, "utf8"), contents);
  }
});

t.test("a limiter spaces the requests", async (t) => {
  const { endpoint } = await serve(t, (request) => good(request));
  const started = performance.now();
  const limiter = new RequestLimiter({ requestsPerMinute: 240 });
  await writePrompts(options(endpoint, { categories: ["food"], perCategory: 3, batch: 1, request: { limiter } }));
  t.ok(performance.now() - started >= 490, "three requests, 250 ms apart");
});

t.test("eliq prompts write", async (t) => {
  const { endpoint, received } = await serve(t, (request, number) =>
    number === 1 ? { delay: 60_000 } : good(request),
  );
  const main = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));
  const out = newFile();
  const run = (/** @type {string[]} */ ...args) => {
    const child = spawn(process.execPath, [main, "prompts", "write", ...args], { stdio: ["ignore", "pipe", "pipe"] });
    let text = "";
    child.stderr.on("data", (part) => {
      text += part;
    });
    return { child, ended: once(child, "close").then(([code]) => ({ code, text })) };
  };
  const usual = [
    "--endpoint",
    endpoint,
    "--model",
    "m",
    "--out",
    out,
    "--per-category",
    "3",
    "--category",
    "food,people",
  ];
  const interrupted = run(...usual);
  while (received.length < 2) await new Promise((resolve) => setTimeout(resolve, 10));
  interrupted.child.kill("SIGINT");
  t.match(await interrupted.ended, { code: process.platform === "win32" ? Number : 130 });
  t.equal(linesOf(out).length, 3);
  t.match(await run(...usual, "--seed", "4").ended, { code: 0, text: /^Wrote 3 prompts to .* in 1 requests\.\n$/ });
  t.equal(linesOf(out).length, 6);

  t.match(await run("--model", "m", "--out", out).ended, { code: 2, text: /--endpoint is missing/ });
  t.match(await run(...usual, "--batch", "x").ended, { code: 2, text: /--batch takes a number of 1 or more, not "x"/ });
  t.match(await run(...usual, "--category", "drink").ended, { code: 2, text: /--category must be one of/ });
  t.match(await run(...usual, "--api-key-env", "ELIQ_TEST_NOT_SET").ended, {
    code: 2,
    text: /ELIQ_TEST_NOT_SET.*is not set/,
  });
});
