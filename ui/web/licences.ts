// The npm packages that the app is made of, with their licences, for whoever gets it. Vite's own
// list (`build.license`) holds no fonts.
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Plugin } from 'vite';

interface Package {
  name: string;
  version: string;
  license?: string;
}

export function licences(): Plugin {
  let root = '';
  return {
    name: 'licences',
    configResolved(config) {
      root = config.root;
    },
    generateBundle(_, bundle) {
      const files = Object.values(bundle).flatMap((part) =>
        part.type === 'chunk' ? part.moduleIds : part.originalFileNames,
      );
      // A package may lie inside another's node_modules: the last one is its own.
      const folders = files.flatMap((file) => {
        const within = /^.*\bnode_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(file);
        return within === null || file.startsWith('\0') ? [] : [resolve(root, within[0])];
      });
      const packages = [...new Set(folders)].sort().map((path) => {
        const about = JSON.parse(readFileSync(join(path, 'package.json'), 'utf8')) as Package;
        const text = readdirSync(path).find((file) => /^(licen[cs]e|copying)\b/i.test(file));
        return {
          name: about.name,
          version: about.version,
          licence: about.license,
          text: text === undefined ? undefined : readFileSync(join(path, text), 'utf8').trim(),
        };
      });
      this.emitFile({
        type: 'asset',
        fileName: 'licences.json',
        source: JSON.stringify(packages, null, 1),
      });
    },
  };
}
