/** Where `eliq calibrate` writes, and what a calibration is called. */
import { join } from "node:path";
import { calibrationsFolder } from "../../calibration/read.js";
import { describeModel } from "../../models/directory.js";
import { UsageError } from "../usage.js";

/** A calibration to be. */
export interface Destination {
  readonly id: string;
  /** YYYY-MM-DD. */
  readonly created: string;
  readonly out: string;
  /** Of the model. */
  readonly directory: string;
}

/** @throws UsageError for a name that no file can have; EliqError as `describeModel`. */
export async function destinationOf(values: {
  model?: string | undefined;
  name?: string | undefined;
  out?: string | undefined;
}): Promise<Destination> {
  const { directory, name } = await describeModel(values.model);
  const created = new Date().toISOString().slice(0, 10);
  const id = values.name ?? `${name}-${created}`;
  if (!/^[A-Za-z0-9][\w-]*$/.test(id)) throw new UsageError(`--name takes letters, digits, "-" and "_", not "${id}".`);
  return { id, created, out: values.out ?? join(directory, calibrationsFolder, `${id}.json`), directory };
}
