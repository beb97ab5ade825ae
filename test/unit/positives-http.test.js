// @ts-check
import { createServer } from "node:net";
import t from "tap";
import { RequestLimiter, requestBytes, requestJson, retryAfter, wait } from "../../dist/pairs/positives/http.js";
import { json, serve } from "../support/image-servers.js";
import { failure } from "../support/outcomes.js";

/** Records what is waited for instead of waiting. */
function recorder() {
  /** @type {number[]} */
  const waits = [];
  return {
    waits,
    /** @param {number} milliseconds */
    delay: async (milliseconds) => {
      waits.push(milliseconds);
    },
  };
}

t.test("sends JSON with its headers and reads JSON", async (t) => {
  const server = await serve((call, reply) => json(reply, { got: call.body }));
  t.teardown(server.close);
  t.same(await requestJson(`${server.url}/a`, { body: { b: 1 }, headers: { authorization: "Bearer k" } }), {
    got: { b: 1 },
  });
  t.match(server.calls[0], {
    method: "POST",
    path: "/a",
    headers: { authorization: "Bearer k", "content-type": /json/ },
  });
  await requestJson(`${server.url}/b`);
  t.equal(server.calls[1]?.method, "GET");
});

t.test("tries again with growing waits", async (t) => {
  for (const status of [408, 425, 429, 500, 502, 503, 504]) {
    const server = await serve((_, reply, count) => (count < 3 ? json(reply, {}, status) : json(reply, { count })));
    const { waits, delay } = recorder();
    const backoff = { firstMs: 100, maxMs: 250, maxRetryAfterMs: 1000 };
    t.same(await requestJson(server.url, { delay, backoff }), { count: 3 }, `after status ${status}`);
    t.same(waits, [100, 200, 250]);
    await server.close();
  }
});

t.test("gives up after the retries, with status and words", async (t) => {
  const server = await serve((_, reply) => json(reply, { error: { message: "model\nis loading" } }, 503));
  t.teardown(server.close);
  const { waits, delay } = recorder();
  const error = await failure(requestJson(`${server.url}/v1/x?secret=abcdef`, { retries: 2, delay }));
  t.equal(error.code, "ERR_URL_FETCH");
  t.equal(error.status, 503);
  t.match(error.message, /127\.0\.0\.1:\d+\/v1\/x answered with status 503 \("model is loading"\)\. .*later/);
  t.notMatch(error.message, /abcdef/);
  t.equal(server.calls.length, 3);
  t.equal(waits.length, 2, "no wait after the last try");
});

t.test("keeps to Retry-After", async (t) => {
  const server = await serve((_, reply, count) => {
    const header = count === 0 ? "3" : new Date(Date.now() + 20_000).toUTCString();
    return count < 2 ? json(reply, {}, 429, { "retry-after": header }) : json(reply, {});
  });
  t.teardown(server.close);
  const { waits, delay } = recorder();
  await requestJson(server.url, { delay });
  t.equal(waits[0], 3000);
  t.ok(Number(waits[1]) > 15_000 && Number(waits[1]) <= 20_000, "a date");
  const long = await serve((_, reply) => json(reply, {}, 429, { "retry-after": "9000" }));
  t.teardown(long.close);
  const error = await failure(requestJson(long.url, { delay }));
  t.equal(error.retryAfterMs, 9_000_000);
  t.equal(long.calls.length, 1, "not for longer than the limit");
  t.equal(retryAfter("nonsense"), undefined);
  t.equal(retryAfter("1.5"), 1500);
  t.equal(retryAfter(new Date(0).toUTCString(), 5000), 0, "a date that has passed");
});

t.test("tries again when the connection breaks, stalls or carries no JSON", async (t) => {
  const faults = [
    (/** @type {any} */ _, /** @type {any} */ reply) => reply.socket.destroy(),
    (/** @type {any} */ _, /** @type {any} */ reply) => {
      reply.writeHead(200, { "content-length": "1000" });
      reply.write('{"a":');
      setTimeout(() => reply.socket?.destroy(), 20);
    },
    () => {},
    (/** @type {any} */ _, /** @type {any} */ reply) =>
      reply.writeHead(200, { "content-type": "text/html" }).end("<html>hello"),
    (/** @type {any} */ _, /** @type {any} */ reply) => reply.end('{"a": 1'),
    (/** @type {any} */ _, /** @type {any} */ reply) => reply.end(),
  ];
  const server = await serve((call, reply, count) =>
    count < faults.length ? faults[count]?.(call, reply) : json(reply, { whole: true }),
  );
  t.teardown(server.close);
  const { waits, delay } = recorder();
  t.same(await requestJson(server.url, { delay, retries: 6, timeoutMs: 300 }), { whole: true });
  t.equal(waits.length, 6);
});

t.test("says what is wrong", async (t) => {
  const { delay } = recorder();
  const once = { delay, retries: 0 };
  const page = await serve(
    (_, reply) => reply.writeHead(200, { "content-type": "text/html; charset=utf-8" }).end("<html>") && undefined,
  );
  t.teardown(page.close);
  t.match(await failure(requestJson(page.url, once)), {
    code: "ERR_URL_FETCH",
    message: /type "text\/html" that is not JSON.*web page/,
  });
  const slow = await serve(() => {});
  t.teardown(slow.close);
  t.match(await failure(requestJson(slow.url, { ...once, timeoutMs: 50 })), {
    code: "ERR_URL_FETCH",
    message: /within 0\.05 s/,
  });
  const gone = createServer().listen(0);
  const { port } = /** @type {import("node:net").AddressInfo} */ (gone.address());
  await new Promise((resolve) => gone.close(resolve));
  const refused = await failure(requestJson(`http://127.0.0.1:${port}/`, once));
  t.match(refused, { code: "ERR_URL_FETCH", message: /could not be reached: .*ECONNREFUSED.*server runs/ });
});

t.test("does not try again when the request is at fault", async (t) => {
  /** @type {[number, RegExp][]} */
  const cases = [
    [400, /parameters/],
    [401, /API key/],
    [402, /credit/],
    [403, /API key/],
    [404, /endpoint's address/],
    [422, /parameters/],
  ];
  for (const [status, advice] of cases) {
    const server = await serve((_, reply) => json(reply, { detail: "no" }, status));
    const error = await failure(requestJson(server.url, recorder()));
    t.match(error, { code: "ERR_INVALID_ARGUMENT", status, message: advice });
    t.equal(server.calls.length, 1);
    await server.close();
  }
  const quota = await serve((_, reply) =>
    json(reply, { error: { code: "insufficient_quota", message: "empty" } }, 429),
  );
  t.teardown(quota.close);
  t.match(await failure(requestJson(quota.url, recorder())), { code: "ERR_INVALID_ARGUMENT", message: /credit/ });
  t.equal(quota.calls.length, 1);
  const moved = await serve((_, reply) => reply.writeHead(302, { location: "http://127.0.0.1:1/" }).end() && undefined);
  t.teardown(moved.close);
  const redirected = await failure(requestJson(moved.url, { ...recorder(), headers: { authorization: "Bearer k" } }));
  t.match(redirected, { code: "ERR_INVALID_ARGUMENT", message: /redirects/ });
});

t.test("refuses addresses that are none", async (t) => {
  for (const url of ["nonsense", "ftp://host/x", "http://me:secret@host/x"]) {
    const error = await failure(requestJson(url));
    t.equal(error.code, "ERR_INVALID_ARGUMENT");
    t.notMatch(error.message, /secret/);
  }
});

t.test("never shows a key", async (t) => {
  const key = "sk-test-0123456789abcdef";
  const server = await serve((call, reply) => {
    const message = `Incorrect key ${call.headers.authorization}, ${call.headers["x-api-key"]}; sk-te********cdef; ${call.path}`;
    json(reply, { error: { message } }, 401);
  });
  t.teardown(server.close);
  const headers = { authorization: `Bearer ${key}`, "x-api-key": "another-secret" };
  const error = await failure(requestJson(`${server.url}/?token=in-the-url`, { headers }));
  const shown = `${error.message} ${error.words} ${error.stack} ${error.cause?.message}`;
  t.match(shown, /Incorrect key/);
  for (const secret of [key, "another-secret", "cdef", "in-the-url"]) t.notMatch(shown, secret);
  const broken = await failure(requestJson(server.url, { headers: { authorization: "Bearer bad\nkey-value" } }));
  t.equal(broken.code, "ERR_INVALID_ARGUMENT");
  t.notMatch(`${broken.message} ${broken.cause?.message}`, /key-value/);
});

t.test("stops at once when aborted", async (t) => {
  const silent = await serve(() => {});
  t.teardown(silent.close);
  const reason = new Error("enough");
  const during = new AbortController();
  setTimeout(() => during.abort(reason), 30);
  t.match(await failure(requestJson(silent.url, { signal: during.signal })), { code: "ERR_ABORTED", cause: reason });
  const busy = await serve((_, reply) => json(reply, {}, 503));
  t.teardown(busy.close);
  const waiting = new AbortController();
  setTimeout(() => waiting.abort(reason), 50);
  const started = performance.now();
  t.match(await failure(requestJson(busy.url, { signal: waiting.signal })), { code: "ERR_ABORTED" });
  t.ok(performance.now() - started < 900, "not only after the wait");
  t.equal(busy.calls.length, 1);
  const limiter = new RequestLimiter({ concurrency: 1 });
  const holding = requestJson(silent.url, { limiter, timeoutMs: 400, retries: 0 }).catch(() => {});
  const queued = new AbortController();
  setTimeout(() => queued.abort(reason), 30);
  t.match(await failure(requestJson(silent.url, { limiter, signal: queued.signal })), { code: "ERR_ABORTED" });
  t.match(await failure(requestJson(silent.url, { signal: AbortSignal.abort(reason) })), { code: "ERR_ABORTED" });
  await holding;
});

t.test("refuses answers above the size limit", async (t) => {
  const server = await serve((_, reply) => {
    reply.writeHead(200);
    for (let i = 0; i < 20; i++) reply.write("x".repeat(1000));
    reply.end();
  });
  t.teardown(server.close);
  const error = await failure(requestBytes(server.url, { maxBytes: 5000, ...recorder() }));
  t.match(error, { code: "ERR_URL_FETCH", message: /more than 5000 bytes/ });
  t.equal(server.calls.length, 1, "asking again would not help");
});

t.test("bytes come with their media type", async (t) => {
  const server = await serve(
    (_, reply) => reply.writeHead(200, { "content-type": "Image/PNG; a=b" }).end("ab") && undefined,
  );
  t.teardown(server.close);
  const { bytes, mediaType } = await requestBytes(server.url);
  t.equal(mediaType, "image/png");
  t.equal(Buffer.from(bytes).toString(), "ab");
});

t.test("a limiter spaces requests and bounds how many run", async (t) => {
  let running = 0;
  let most = 0;
  const server = await serve(async (_, reply) => {
    most = Math.max(most, ++running);
    await wait(30, undefined);
    running--;
    json(reply, {});
  });
  t.teardown(server.close);
  const limiter = new RequestLimiter({ concurrency: 2 });
  await Promise.all(Array.from({ length: 6 }, () => requestJson(server.url, { limiter })));
  t.equal(most, 2);
  server.calls.length = 0;
  const paced = new RequestLimiter({ requestsPerMinute: 1200, concurrency: 9 });
  await Promise.all(Array.from({ length: 5 }, () => requestJson(server.url, { limiter: paced })));
  const gaps = server.calls.slice(1).map(({ at }, i) => at - Number(server.calls[i]?.at));
  t.ok(Math.min(...gaps) > 25, `50 ms apart: ${gaps.map(Math.round)}`);
  for (const limits of [{ requestsPerMinute: 0 }, { requestsPerMinute: Number.NaN }, { concurrency: 0 }])
    t.throws(() => new RequestLimiter(limits), { code: "ERR_INVALID_ARGUMENT" });
});

t.test("a Retry-After holds back the limiter's other requests", async (t) => {
  const server = await serve((_, reply, count) =>
    count === 0 ? json(reply, {}, 429, { "retry-after": "0.3" }) : json(reply, {}),
  );
  t.teardown(server.close);
  const limiter = new RequestLimiter({ concurrency: 1 });
  const backoff = { firstMs: 1, maxMs: 1, maxRetryAfterMs: 1000 };
  await Promise.all([requestJson(server.url, { limiter, backoff }), requestJson(server.url, { limiter, backoff })]);
  t.ok(Number(server.calls[1]?.at) - Number(server.calls[0]?.at) > 250);
  t.equal(server.calls.length, 3);
});
