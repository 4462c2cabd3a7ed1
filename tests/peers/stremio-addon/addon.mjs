// A real addon server for the tests, on the official SDK's own router.
//
//   node addon.mjs [PORT]      0 or nothing: a free one; prints `ready PORT`
//
// HEARTH_ADDON_DATA names a JSON file, read anew for each answer:
//   { "manifest": { … },                       laid over the default manifest (read at the start)
//     "streams":  { "movie/tt1727587": [ … ] },
//     "metas":    { "series/own:1": { … } },
//     "subtitles": { "movie/tt1727587": [ … ] },
//     "cache":    { "cacheMaxAge": 600 },      said with the streams
//     "catalogs": { "movie/films": [ … ] } }   searched by name, in pages of 100
// Instead of a list or a meta, `{ "fail": true }` fails and `{ "delay_ms": 5000, "value": … }`
// waits first. Each request is printed as `request PATH`.

import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import sdk from "stremio-addon-sdk";

const dataFile = process.env.HEARTH_ADDON_DATA;

function data() {
  return dataFile ? JSON.parse(readFileSync(dataFile, "utf8")) : {};
}

async function answer(part, key, nothing) {
  const entry = data()[part]?.[key] ?? nothing;
  if (entry?.fail) {
    throw new Error(`${part} ${key} fails as told`);
  }
  if (entry?.delay_ms) {
    await new Promise((done) => setTimeout(done, entry.delay_ms));
    return entry.value ?? nothing;
  }
  return entry;
}

const manifest = {
  id: "org.example.hearth.test",
  name: "Test addon",
  description: "Streams for the tests",
  version: "1.0.0",
  resources: ["stream", "catalog", "meta"],
  types: ["movie", "series"],
  idPrefixes: ["tt", "own:"],
  catalogs: ["movie", "series"].map((type) => ({
    type,
    id: "films",
    name: "Films",
    extra: [{ name: "search", isRequired: true }],
  })),
  ...data().manifest,
};
const addon = new sdk.addonBuilder(manifest);

const handlers = {
  stream: async ({ type, id }) => ({
    streams: await answer("streams", `${type}/${id}`, []),
    ...data().cache,
  }),
  subtitles: async ({ type, id }) => ({
    subtitles: await answer("subtitles", `${type}/${id}`, []),
  }),
  meta: async ({ type, id }) => ({ meta: await answer("metas", `${type}/${id}`, null) }),
  catalog: async ({ type, id, extra }) => {
    const all = await answer("catalogs", `${type}/${id}`, []);
    const words = (extra.search ?? "").toLowerCase();
    const found = all.filter((meta) => meta.name?.toLowerCase().includes(words) ?? true);
    const skip = Number(extra.skip ?? 0);
    return { metas: found.slice(skip, skip + 100) };
  },
};
// The SDK refuses handlers of what the manifest does not list.
for (const resource of manifest.resources) {
  const name = resource.name ?? resource;
  addon.defineResourceHandler(name, handlers[name]);
}

const router = sdk.getRouter(addon.getInterface());
const server = createServer((request, response) => {
  console.log(`request ${request.url}`);
  router(request, response, () => {
    response.statusCode = 404;
    response.end();
  });
});
const port = Number(process.argv[2] ?? process.env.PORT ?? 0);
server.listen(port, "127.0.0.1", () => console.log(`ready ${server.address().port}`));
