import optimizeLocales from '@react-aria/optimize-locales-plugin';
import tailwindcss from '@tailwindcss/vite';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';
import { verifiesInBrowser } from './verifies-in-browser.mjs';

/** Where `npm run dev -w packages/console` finds a running Rescind. */
const SERVICE = process.env.RESCIND_URL ?? 'http://127.0.0.1:3000';

export default defineConfig({
  root: import.meta.dirname,
  base: '/console/',
  plugins: [
    react(),
    tailwindcss(),
    verifiesInBrowser,
    // The words of React Aria itself; all other languages of it would be two thirds of its size.
    optimizeLocales.vite({ locales: ['en-US', 'de-DE'] }),
  ],
  build: {
    outDir: '../../dist/pages/console',
    emptyOutDir: true,
    // The policy allows no data: scripts and no inline ones.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    manifest: 'manifest.json',
    reportCompressedSize: false,
  },
  server: { proxy: { '/api': SERVICE, '/sign-in': SERVICE, '/health': SERVICE } },
});
