// The same from CommonJS, with one image: node examples/score.cjs examples/cat-flux2.webp
const { Eliq } = require("eliq");

async function main() {
  const eliq = await Eliq.load();
  try {
    const { quality, aspects } = await eliq.score(process.argv[2]);
    console.log({ quality, ...aspects });
  } finally {
    await eliq.dispose();
  }
}

main().catch((error) => {
  console.error(`${error.code}: ${error.message}`);
  process.exitCode = 1;
});
