import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

import { licences } from '../licences';

const root = fileURLToPath(new URL('..', import.meta.url));

interface Package {
  name: string;
  licence?: string;
  text?: string;
}

/** What the plug-in writes for a bundle of these files. */
function listed(modules: string[], assets: string[]): Package[] {
  let written = '';
  const plugin = licences() as unknown as {
    configResolved(config: { root: string }): void;
    generateBundle(options: unknown, bundle: unknown): void;
  };
  plugin.configResolved({ root });
  plugin.generateBundle.call(
    { emitFile: (file: { source: string }) => (written = file.source) },
    {},
    {
      'index.js': { type: 'chunk', moduleIds: modules },
      'font.woff2': { type: 'asset', originalFileNames: assets },
    },
  );
  return JSON.parse(written) as Package[];
}

test('packages and fonts are listed once, with their licences; the own files are not', () => {
  const packages = listed(
    [
      `${root}node_modules/svelte/src/index.js`,
      `${root}node_modules/svelte/src/store.js`,
      `${root}src/main.ts`,
      '\0rolldown/runtime.js',
    ],
    ['node_modules/@fontsource-variable/inter/files/inter.woff2'],
  );
  expect(packages.map(({ name, licence }) => [name, licence])).toEqual([
    ['@fontsource-variable/inter', 'OFL-1.1'],
    ['svelte', 'MIT'],
  ]);
  for (const { text } of packages) expect(text).toMatch(/copyright/i);
});
