/** Every reader of opinion data sets, by name and by look. */
import { EliqError } from "../../errors.js";
import { agiqa1k } from "./agiqa-1k.js";
import { agiqa3k } from "./agiqa-3k.js";
import { aigciqa2023 } from "./aigciqa2023.js";
import { aigiqa20k } from "./aigiqa-20k.js";
import type { DatasetReader } from "./dataset.js";
import { kadid10k } from "./kadid-10k.js";
import { koniq10k } from "./koniq-10k.js";
import { liveC } from "./live-c.js";
import { opinionTable } from "./opinion-table.js";
import { spaq } from "./spaq.js";
import { tid2013 } from "./tid2013.js";

/** In the order in which they are asked whether they recognise a path; the reader of any table comes last. */
export const datasetReaders: readonly DatasetReader[] = [
  agiqa3k,
  aigciqa2023,
  aigiqa20k,
  agiqa1k,
  koniq10k,
  spaq,
  kadid10k,
  liveC,
  tid2013,
  opinionTable,
];

/**
 * The reader with an id, for instance "agiqa-3k"; capitals do not matter.
 *
 * @throws EliqError ERR_INVALID_ARGUMENT that lists the ids.
 */
export function datasetNamed(id: string): DatasetReader {
  const reader = datasetReaders.find((candidate) => candidate.id === id.toLowerCase());
  if (reader) return reader;
  const ids = datasetReaders.map((candidate) => candidate.id).join(", ");
  throw new EliqError("ERR_INVALID_ARGUMENT", `There is no reader for the data set ${id}; there are ${ids}.`);
}

/** The reader whose layout a folder or file has; undefined when none has. Never throws. */
export async function recogniseDataset(path: string): Promise<DatasetReader | undefined> {
  for (const reader of datasetReaders) if (await reader.recognises(path)) return reader;
  return undefined;
}
