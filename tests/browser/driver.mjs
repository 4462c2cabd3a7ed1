// A person's browser for the tests: Debian's Chromium in a fresh profile, driven line by line.
//
// Each line on standard input is a JSON order, each line on standard output its answer:
//   {"do": "open", "url": …}                         {"ok": null}
//   {"do": "click", "testid": …, "nth"?: 0}
//   {"do": "fill", "testid": …, "text": …}           as a person does: focus, then the whole text
//   {"do": "slide", "testid": …, "value": …}         a range input, let go at the value
//   {"do": "text" | "value", "testid": …}            {"ok": "…"}
//   {"do": "attribute", "testid": …, "name": …}      {"ok": "…"}
//   {"do": "shown" | "gone", "testid": …}            waits for it
//   {"do": "reload"}, {"do": "blur"}, {"do": "axe"}  axe: {"ok": ["what is wrong", …]}
//   {"do": "picture", "path": …}
// A failure is {"error": "…"}. The end of standard input ends the browser.

import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { chromium } from "playwright-core";

const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const profile = await mkdtemp(join(tmpdir(), "hearth-browser-"));
const context = await chromium.launchPersistentContext(profile, {
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  headless: true,
  timeout: 120_000,
  args: [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
  ],
  locale: process.argv[2] ?? "en-US",
  // A person's, and not that of the machine that tests.
  timezoneId: "Asia/Vladivostok",
  reducedMotion: "reduce",
  viewport: { width: 390, height: 844 },
  hasTouch: true,
  isMobile: true,
});
const page = context.pages()[0] ?? (await context.newPage());
page.setDefaultTimeout(60_000);
const said = [];
page.on("console", (message) => {
  if (message.type() === "error") said.push(`console: ${message.text()}`);
});
page.on("pageerror", (error) => said.push(`page: ${error.message}`));

const at = ({ testid, nth }) => page.locator(`[data-testid="${testid}"]`).nth(nth ?? 0);

const orders = {
  open: async ({ url }) => void (await page.goto(url)),
  reload: async () => void (await page.reload()),
  click: (order) => at(order).click(),
  fill: (order) => at(order).fill(order.text),
  slide: (order) => at(order).fill(String(order.value)),
  text: (order) => at(order).innerText(),
  value: (order) => at(order).inputValue(),
  attribute: (order) => at(order).getAttribute(order.name),
  shown: (order) => at(order).waitFor(),
  gone: (order) => at(order).waitFor({ state: "detached" }),
  blur: () => page.evaluate(() => document.activeElement?.blur()),
  picture: ({ path }) => page.screenshot({ path }).then(() => null),
  // What the page said of itself on the console.
  said: () => said.splice(0),
  axe: async () => {
    await page.evaluate(() => document.fonts.ready.then(() => null));
    await page.evaluate(axe);
    return page.evaluate(async () => {
      const { violations } = await window.axe.run(document);
      return violations
        .filter(({ impact }) => impact === "serious" || impact === "critical")
        .map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.map((node) => node.target).join(" | ")}`);
    });
  },
};

console.log("ready");
for await (const line of createInterface({ input: process.stdin })) {
  const order = JSON.parse(line);
  try {
    console.log(JSON.stringify({ ok: (await orders[order.do](order)) ?? null }));
  } catch (error) {
    console.log(JSON.stringify({ error: `${error.message}\n${await page.url()}` }));
  }
}
await context.close();
await rm(profile, { recursive: true, force: true });
