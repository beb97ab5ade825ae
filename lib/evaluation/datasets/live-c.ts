/**
 * LIVE In the Wild Image Quality Challenge (LIVE-C; Ghadiyaram and Bovik, "Massive Online Crowdsourced Study of Subjective and Objective
 * Picture Quality", IEEE TIP 25(1), 2016): 1,162 photographs; quality 0 to 100, higher is better.
 */
import { EliqError } from "../../errors.js";
import type { DatasetReader, OpinionSet } from "./dataset.js";
import { MatFile } from "./mat.js";
import { noTable, openFolder } from "./open-folder.js";
import { opinionFiles } from "./opinion-columns.js";
import { OpinionSetBuilder } from "./opinion-set.js";

const name = "LIVE-C";
const layout = { source: "github.com/SSL92/hyperIQA: folders.py", verified: true };
const namesFile = "Data/AllImages_release.mat";
const opinionsFile = `Data/${opinionFiles.liveC}`;
/** The first entries are the pictures with which the subjects were trained; no loader counts them. */
const trainingPictures = 7;

/**
 * `Data/AllImages_release.mat` and `Data/AllMOS_release.mat`, each with a variable of its own name, and `Images/`, as the loader of
 * github.com/SSL92/hyperIQA reads them.
 */
export const liveC: DatasetReader = {
  id: "live-c",
  name,
  layout,
  async recognises(path: string): Promise<boolean> {
    const { folder } = await openFolder(path, [namesFile, opinionsFile]);
    const found = await Promise.all([namesFile, opinionsFile].map((file) => folder.findFile(file)));
    return found.every((file) => file !== undefined);
  },
  async read(path: string): Promise<OpinionSet> {
    const { folder } = await openFolder(path, [namesFile, opinionsFile]);
    const namesPath = await folder.findFile(namesFile);
    const opinionsPath = await folder.findFile(opinionsFile);
    if (namesPath === undefined) throw noTable(path, [namesFile], name);
    if (opinionsPath === undefined) throw noTable(path, [opinionsFile], name);
    const images = (await MatFile.read(namesPath)).texts("AllImages_release");
    const opinions = (await MatFile.read(opinionsPath)).numbers("AllMOS_release");
    if (images.length !== opinions.length || images.length <= trainingPictures)
      throw new EliqError(
        "ERR_DATASET",
        `${namesPath} names ${images.length} images and ${opinionsPath} has ${opinions.length} opinions; give both files as published.`,
      );
    const set = new OpinionSetBuilder(name, layout, folder, ["Images", ""]);
    for (let index = trainingPictures; index < images.length; index++)
      await set.add({ name: images[index] as string, quality: opinions[index] });
    return set.finish();
  },
};
