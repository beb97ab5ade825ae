/** `eliq setup`: LibTorch and the native addon. */
import { parseArgs } from "node:util";
import { createReport } from "../../native/report.js";
import { type SetupOptions, setup } from "../../native/setup.js";
import { exitCode, UsageError } from "../usage.js";

const help = `Usage: eliq setup [options]

Finds LibTorch (ELIQ_LIBTORCH, then the cache, then the torch package of python3, else fetched with pip), builds the
native addon against it, and checks that it loads. Does nothing when that is done already.

Options:
  --force      build from nothing, even when up to date
  --tests      also build the native tests (in a clone of the repository)
  --jobs <n>   compilers at a time (default: one for each processor)
  -h, --help   this text

Environment:
  ELIQ_LIBTORCH   folder of a LibTorch to use, with include/ and lib/
  ELIQ_CACHE      folder for what is fetched and built (default: eliq in the user's cache folder)
  ELIQ_OFFLINE=1  never fetch anything

Examples:
  eliq setup
  ELIQ_LIBTORCH=/opt/libtorch eliq setup --force
`;

/**
 * @param args the command line after `setup`.
 * @returns exit code: 0 when the addon is there and loads; errors are thrown.
 */
export async function run(args: string[]): Promise<number> {
  const { help: wantsHelp, ...options } = parse(args);
  if (wantsHelp) {
    process.stdout.write(help);
    return exitCode.ok;
  }
  await setup(options, createReport());
  return exitCode.ok;
}

function parse(args: string[]): SetupOptions & { help: boolean } {
  const { values } = parseArgs({
    args,
    options: {
      force: { type: "boolean", default: false },
      tests: { type: "boolean", default: false },
      jobs: { type: "string" },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  const { jobs, ...rest } = values;
  if (jobs === undefined) return rest;
  if (!/^[1-9]\d*$/.test(jobs)) throw new UsageError(`--jobs must be a whole number of 1 or more, not "${jobs}".`);
  return { ...rest, jobs: Number(jobs) };
}
