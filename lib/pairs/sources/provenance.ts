/** Which images a model that is to be published may be trained on: by where they come from and by their licence. */
import { EliqError } from "../../errors.js";

/** Which images of a list are used. */
export interface ManifestFilter {
  /** Only images whose provenance and licence let a model trained on them be published. */
  readonly publishable?: boolean;
  /** With `publishable`: also credited Unsplash photographs; the Unsplash licence is not an open one. */
  readonly unsplash?: boolean;
  /** With `publishable`: also share-alike licences (CC BY-SA, GPL and their like). */
  readonly shareAlike?: boolean;
}

/** What a list, or an image of a plain folder, says where nothing is known. */
export const notStated = "not stated";

/**
 * Kinds of provenance whose licence was given by those who made the pictures, or that name those who did. A list's `provenance` is one of
 * them, word for word, and perhaps a remark after a comma, a semicolon or in brackets.
 */
export const acceptedProvenances = [
  "author-generated",
  "contributors",
  "authors",
  "third-party credited",
  "COCO/Flickr",
  "Debian package, credited",
] as const;

const remark = /^( \(|[,;]|$)/;
const creditedUnsplash = /^Unsplash( via \S|, credited)/i;

/** "NC" and "ND" stand alone in the names of licences: CC BY-NC 4.0, CC-BY-NC-ND. */
const restrictedLicence = /\b(NC|ND)\b|non-?commercial|no-?deriv/i;
const shareAlikeLicence = /\bSA\b|share-?alike|\b[AL]?GPL/i;
const unsplashLicence = /unsplash licen[cs]e/i;

/**
 * Why a published model may not be trained on an image.
 *
 * @param image `path` names it in the error.
 * @returns undefined when it may, or when nothing is to be published; otherwise its provenance and, where that is not the reason, its
 *   licence: what left-out images are counted by.
 * @throws EliqError ERR_INVALID_ARGUMENT when a model is to be published and the image states no provenance.
 */
export function publishingObstacle(
  { path, provenance, licence }: { path: string; provenance: string; licence: string },
  filter: ManifestFilter,
): string | undefined {
  if (!filter.publishable) return undefined;
  if (provenance === notStated)
    throw new EliqError(
      "ERR_INVALID_ARGUMENT",
      `${path} states no provenance, so that a model trained on it cannot be published. Give a list whose lines have "provenance" and "licence" (docs/training.md names the accepted ones), or leave out --publishable to train for your own use.`,
    );
  if (!isAcceptedProvenance(provenance, filter)) return provenance;
  return isAcceptedLicence(provenance, licence, filter) ? undefined : `${provenance}; licence: ${licence}`;
}

function isAcceptedProvenance(provenance: string, { unsplash }: ManifestFilter): boolean {
  if (creditedUnsplash.test(provenance)) return unsplash === true;
  return acceptedProvenances.some((kind) => provenance.startsWith(kind) && remark.test(provenance.slice(kind.length)));
}

/** Only what somebody generated and lists needs no licence to be stated: whoever publishes the model has it from that author. */
function isAcceptedLicence(provenance: string, licence: string, { unsplash, shareAlike }: ManifestFilter): boolean {
  if (licence === notStated) return provenance.startsWith("author-generated");
  if (restrictedLicence.test(licence)) return false;
  if (shareAlikeLicence.test(licence) && !shareAlike) return false;
  return unsplash === true || !unsplashLicence.test(licence);
}
