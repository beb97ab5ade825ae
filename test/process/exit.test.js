// @ts-check
// Every way to end with work in flight: the expected exit code, no signal, within seconds, nothing on stderr.
import t from "tap";
import { runChild } from "../support/child.js";
import { tinyModel } from "../support/tiny-model.js";

t.setTimeout(600_000);

const seconds = 60;

/** @type {Record<string, { code: number | null, signal?: string, stdout?: string, stderr?: RegExp, repeat?: number }>} */
const endings = {
  exit: { code: 7, repeat: 5 },
  "exit-while-loading": { code: 7, repeat: 3 },
  "exit-at-once": { code: 7, repeat: 3 },
  "exit-with-a-throwing-listener": { code: 7, stderr: /from a listener/ },
  "exit-and-listener-scores": { code: 7, stdout: "ERR_DISPOSED\n" },
  "exit-while-training": { code: 7, repeat: 3 },
  "exit-with-busy-worker": { code: 7, repeat: 3 },
  "exit-in-worker": { code: 0, stdout: "worker 3\n", repeat: 3 },
  "terminate-worker": { code: 0, stdout: "scored\n", repeat: 3 },
  "natural-end": { code: 0, stdout: "8 scores\n" },
  "natural-end-idle": { code: 0, stdout: "idle\n" },
  "natural-end-idle-trainer": { code: 0, stdout: "idle\n" },
  "uncaught-exception": { code: 1, stderr: /on purpose/, repeat: 3 },
  "unhandled-rejection": { code: 1, stderr: /ERR_ABORTED/ },
  signal: { code: null, signal: "SIGTERM" },
};

t.test("endings", async (t) => {
  const directory = tinyModel(t);
  for (const [mode, expected] of Object.entries(endings)) {
    for (let i = 0; i < (expected.repeat ?? 1); i++) {
      const ended = await runChild("exit-child.js", [mode, directory], { timeout: seconds * 1000 });
      t.equal(ended.signal, expected.signal ?? null, `${mode}: signal (${Math.round(ended.milliseconds)} ms)`);
      t.equal(ended.code, expected.code, `${mode}: exit code`);
      t.equal(ended.stdout, expected.stdout ?? "", `${mode}: stdout`);
      t.match(ended.stderr, expected.stderr ?? /^$/, `${mode}: stderr`);
    }
  }
});
