// @ts-check
import { testFamilyRules } from "../support/pair-families.js";

await testFamilyRules("conventional");
