/** Image formats by their first bytes: only what is listed here reaches a decoder. */

/** Bytes that {@link sniffFormat} wants to see. */
export const signatureLength = 64;

/** Formats that are read, as messages name them. */
export const formatNames = "JPEG, PNG, WebP, GIF, TIFF and AVIF";

/** File name extensions of those formats: what a folder is searched for. */
export const imageExtensions: ReadonlySet<string> = new Set([
  ".jpg",
  ".jpeg",
  ".jpe",
  ".jfif",
  ".png",
  ".webp",
  ".gif",
  ".tif",
  ".tiff",
  ".avif",
]);

/** The format of a file by its first bytes; undefined for anything that is not read. */
export function sniffFormat(head: Uint8Array): string | undefined {
  const text = Buffer.from(head.buffer, head.byteOffset, Math.min(head.length, signatureLength)).toString("latin1");
  if (text.startsWith("\xff\xd8\xff")) return "jpeg";
  if (text.startsWith("\x89PNG\r\n\x1a\n")) return "png";
  if (text.startsWith("RIFF") && text.slice(8, 12) === "WEBP") return "webp";
  if (text.startsWith("GIF87a") || text.startsWith("GIF89a")) return "gif";
  if (/^(II[*+]\0|MM\0[*+])/.test(text)) return "tiff";
  if (text.slice(4, 8) === "ftyp" && /avif|avis/.test(text.slice(8))) return "avif";
  return undefined;
}

/** What unreadable bytes look like, for a message; undefined when nothing helpful can be said. */
export function guessContent(head: Uint8Array): string | undefined {
  const text = Buffer.from(head.buffer, head.byteOffset, Math.min(head.length, signatureLength)).toString("latin1");
  if (/^\s*(<\?xml|<!--|<svg|<!DOCTYPE svg)/i.test(text)) {
    return "It looks like SVG or other XML, which is a drawing and not an image of pixels; render it first";
  }
  if (/^\s*(<!doctype html|<html)/i.test(text)) return "It looks like an HTML page";
  if (text.startsWith("%PDF")) return "It looks like a PDF document; render the page first";
  if (text.slice(4, 8) === "ftyp") return "It looks like HEIC or a video; convert it to JPEG or AVIF first";
  if (/^[\s\x20-\x7e]+$/.test(text)) return "It looks like text";
  return undefined;
}
