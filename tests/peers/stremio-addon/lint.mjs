// What the official linter says of a manifest: `node lint.mjs FILE` prints one line of JSON,
// { "valid": …, "errors": [ … ] }.

import { readFileSync } from "node:fs";
import linter from "stremio-addon-linter";

const { valid, errors } = linter.lintManifest(JSON.parse(readFileSync(process.argv[2], "utf8")));
console.log(JSON.stringify({ valid, errors: errors.map((error) => error.message) }));
