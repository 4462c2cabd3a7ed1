// The build of the browser app. `dist` is embedded in the daemon: hashed files under /assets, no
// inline script, no file inlined as `data:`, so that the daemon's strict content policy holds.
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vitest/config';

import { licences } from './licences';

// Where `npm run dev` finds a running daemon.
const daemon = process.env['HEARTH_URL'] ?? 'http://127.0.0.1:7430';

export default defineConfig({
  plugins: [svelte(), licences()],
  build: {
    target: 'es2022',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: {
    proxy: {
      '/api': { target: daemon, ws: true, changeOrigin: true, headers: { origin: daemon } },
    },
  },
  test: {
    include: ['tests/**/*.test.ts'],
    environment: 'node',
    // A busy machine is no failure.
    testTimeout: 60_000,
  },
});
