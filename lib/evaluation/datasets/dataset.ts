/** What every reader of an opinion data set gives. */

/** One image with its mean opinions. */
export interface OpinionItem {
  /** As the data set calls it. */
  readonly name: string;
  /** Where the file is. */
  readonly path: string;
  /** What the image was asked to show; absent for photographs. */
  readonly prompt?: string;
  /** What made the image; absent for photographs. */
  readonly generator?: string;
  /** How the generator was run, for instance "lowstep"; absent where the data set does not say. */
  readonly variant?: string;
  /** Images of one group never lie on both sides of a split: those of one prompt, or of one reference image. */
  readonly group: string;
  /** Mean opinions in the units of the data set, higher is better; a data set that publishes DMOS has its sign turned. */
  readonly opinions: { readonly quality?: number; readonly alignment?: number };
}

/** A line of a data set's table that was left out. */
export interface DatasetProblem {
  readonly name: string;
  /** A clause: "the image is missing". */
  readonly reason: string;
}

/** A set of images with opinions. */
export interface OpinionSet {
  /** As the field writes it, for instance "AGIQA-3K". */
  readonly name: string;
  readonly items: readonly OpinionItem[];
  readonly problems: readonly DatasetProblem[];
  /** Where the layout was seen. */
  readonly layout: DatasetLayout;
}

/** Where a data set's layout was seen. */
export interface DatasetLayout {
  /** Repository and path, for instance "github.com/lcysyzxdc/AGIQA-3k-Database: data.csv". */
  readonly source: string;
  /** False where the reader was written from a description alone; docs and output then say "unverified layout". */
  readonly verified: boolean;
}

/** A reader of one data set's published layout. */
export interface DatasetReader {
  /** What `eliq eval --dataset` calls it, for instance "agiqa-3k". */
  readonly id: string;
  readonly name: string;
  readonly layout: DatasetLayout;
  /** Whether a folder (or file) looks like this data set, by its table's name and columns; never throws. */
  recognises(path: string): Promise<boolean>;
  /**
   * Reads the table and looks for the images. A line whose image is missing or whose opinion is no number becomes a problem.
   *
   * @throws EliqError ERR_IO when there is no table, ERR_DATASET when the table is not as its authors publish it.
   */
  read(path: string): Promise<OpinionSet>;
}
