// @ts-check
import t from "tap";
import { brokenRules, partnerOf, readFixtures, renderChain } from "../../benchmarks/support/family-rules.js";
import { families } from "../../dist/pairs/degradations/index.js";

/**
 * One test for each family of an origin: it keeps every rule on each of the twelve pictures. At 256 x 256 px, for the time that the
 * measures take; benchmarks/pairs-measures.js does the same at 512 x 512 px.
 *
 * @param {"conventional" | "aigc"} origin
 */
export async function testFamilyRules(origin) {
  t.setTimeout(300_000);
  const pictures = await readFixtures(256 * 256);
  t.equal(pictures.length, 12);
  for (const family of families.filter(({ cell }) => cell.origin === origin))
    t.test(family.name, async (t) => {
      for (const [index, picture] of pictures.entries()) {
        const chain = await renderChain(family, picture, partnerOf(pictures, index));
        t.same(brokenRules(family, chain), [], picture.name);
      }
    });
}
