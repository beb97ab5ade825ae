// @ts-check
import { createServer } from "node:http";
import { pathToFileURL } from "node:url";
import t from "tap";
import { fetchImage } from "../../dist/images/fetch.js";
import { sniffFormat } from "../../dist/images/format.js";
import { toSource } from "../../dist/images/source.js";

/** @typedef {import("../../dist/index.js").ImageInput} ImageInput */

t.test("what an input is", async (t) => {
  t.match(toSource("a/b.png"), { kind: "file", path: "a/b.png" });
  t.match(toSource("file name [1] 100%.png"), { kind: "file", path: "file name [1] 100%.png" });
  t.match(toSource(pathToFileURL("/a b/ü.png")), { kind: "file", path: "/a b/ü.png" });
  t.match(toSource("file:///a/b.png"), { kind: "file", path: "/a/b.png" });
  t.match(toSource("HTTPS://example.org/a.png?token=secret"), { kind: "url", name: "https://example.org/a.png" });
  t.match(toSource(new URL("http://user:secret@example.org/a.png")), { kind: "url", name: "http://example.org/a.png" });
  t.match(toSource(Buffer.from("x")), { kind: "bytes" });
  t.match(toSource(new Uint8Array(3)), { kind: "bytes" });
  const pixels = { data: new Uint8ClampedArray(6), width: 2, height: 1, channels: /** @type {const} */ (3) };
  t.match(toSource(pixels), { kind: "pixels", pixels: { width: 2, height: 1, channels: 3 } });
});

t.test("what is no image", async (t) => {
  const raw = { data: new Uint8Array(6), width: 2, height: 1, channels: 3 };
  /** @type {[unknown, RegExp][]} */
  const cases = [
    ["", /empty/],
    ["a\0b", /NUL/],
    [undefined, /undefined was given/],
    [null, /null was given/],
    [7, /a number was given/],
    [{}, /an object \(Object\)/],
    [new ArrayBuffer(4), /ArrayBuffer/],
    ["http://", /not a valid URL/],
    [{ ...raw, data: [1, 2, 3, 4, 5, 6] }, /`data`/],
    [{ ...raw, width: 0 }, /width and height/],
    [{ ...raw, height: 1.5 }, /width and height/],
    [{ ...raw, channels: 2 }, /channels/],
    [{ ...raw, width: 3 }, /have 9 bytes; `data` has 6/],
  ];
  for (const [input, message] of cases) {
    t.throws(() => toSource(/** @type {ImageInput} */ (input)), { code: "ERR_INVALID_ARGUMENT", message });
  }
  t.throws(() => toSource(new URL("ftp://example.org/a.png")), { code: "ERR_URL_REFUSED", message: /ftp:/ });
  t.throws(() => toSource(new URL("data:image/png;base64,AAAA")), { code: "ERR_URL_REFUSED" });
});

t.test("formats are known by their first bytes", async (t) => {
  t.equal(sniffFormat(Buffer.from("MM\0*....")), "tiff");
  t.equal(sniffFormat(Buffer.from("II*\0....")), "tiff");
  t.equal(sniffFormat(Buffer.from("GIF89a")), "gif");
  t.equal(sniffFormat(Buffer.from("RIFF....WAVE")), undefined);
  t.equal(sniffFormat(Buffer.from("\0\0\0\x20ftypmif1\0\0\0\0mif1avif")), "avif");
  t.equal(sniffFormat(new Uint8Array(0)), undefined);
});

/**
 * A server on this machine. @param {import("tap").Test} t @param {import("node:http").RequestListener} listener
 */
async function serve(t, listener) {
  const server = createServer(listener);
  await new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(undefined)));
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  return (/** @type {string} */ path) => new URL(`http://127.0.0.1:${port}${path}`);
}

t.test("fetching", async (t) => {
  /** @type {string[]} */
  const requested = [];
  const url = await serve(t, (request, response) => {
    const path = request.url ?? "";
    requested.push(path);
    if (path === "/image") response.end("bytes");
    else if (path === "/moved") response.writeHead(302, { location: "/image" }).end();
    else if (path === "/loop") response.writeHead(302, { location: "/loop" }).end();
    else if (path === "/to-file") response.writeHead(302, { location: "file:///etc/passwd" }).end();
    else if (path === "/large") response.writeHead(200, { "content-length": 300 * 1024 * 1024 }).flushHeaders();
    else if (path === "/cut") response.writeHead(200, { "content-length": 100 }).write("x", () => response.destroy());
    else if (path === "/slow") return;
    else response.writeHead(404).end();
  });

  t.equal(Buffer.from(await fetchImage(url("/image"), true)).toString(), "bytes");
  t.equal(Buffer.from(await fetchImage(url("/moved"), true)).toString(), "bytes");
  await t.rejects(fetchImage(url("/loop"), true), { code: "ERR_URL_FETCH", message: /more than 5 times/ });
  await t.rejects(fetchImage(url("/to-file"), true), { code: "ERR_URL_REFUSED", message: /file:/ });
  await t.rejects(fetchImage(url("/none"), true), { code: "ERR_URL_FETCH", message: /status 404/ });
  await t.rejects(fetchImage(url("/large"), true), { code: "ERR_URL_FETCH", message: /256 MB/ });
  await t.rejects(fetchImage(url("/cut"), true), { code: "ERR_URL_FETCH" });
  await t.rejects(fetchImage(new URL("http://127.0.0.1:1/"), true), {
    code: "ERR_URL_FETCH",
    message: /could not be fetched/,
  });

  requested.length = 0;
  await t.rejects(fetchImage(url("/image"), false), {
    code: "ERR_URL_REFUSED",
    message: /allowUrls: true.*--allow-urls/,
  });
  t.same(requested, [], "nothing was asked for");
  const onlyMoved = (/** @type {URL} */ { pathname }) => pathname === "/moved";
  await t.rejects(fetchImage(url("/moved"), onlyMoved), { code: "ERR_URL_REFUSED", message: /\/image/ });
  t.same(requested, ["/moved"], "a redirection is asked about too");

  const controller = new AbortController();
  setTimeout(() => controller.abort(new Error("enough")), 20);
  await t.rejects(fetchImage(url("/slow"), true, controller.signal), { message: "enough" });
});
