// @ts-check
/** Has images edited until it is killed: endpoint, list and folder from the command line. */
import { editImages } from "../../dist/pairs/editing/edit-images.js";

const [endpoint = "", data = "", out = ""] = process.argv.slice(2);
await editImages({ data, out, server: { endpoint }, perImage: 3, concurrency: 2 });
