import optimizeLocales from '@react-aria/optimize-locales-plugin';
import tailwindcss from '@tailwindcss/vite';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';
import { verifiesInBrowser } from './verifies-in-browser.mjs';

/** Where `npm run dev -w packages/console` finds a running Rescind. */
const SERVICE = process.env.RESCIND_URL ?? 'http://127.0.0.1:3000';

/** What so many screens want is for all of them. */
const SHARED_BY = 3;
/** What begins everything: apart from the rest, so that it waits for none of it. */
const START = /\/src\/(?:scripts|api\/(?:places|first-reads|sees-all-tokens))\.ts$|preload-helper/;
/** What stands around all screens. */
const SHARED = /\/src\/(?:api\/|ui\/|shell\/)/;
const SHELL_PARTS =
  /\/src\/(?:shell\/(?:lazy-screen|leave|navigation)|ui\/logo|screens\/[^/]+\/search)\.tsx?$/;
const SHELL = /\/src\/main\.tsx$/;

/**
 * What every screen of a session needs is named in the page itself: the browser fetches it beside the first script, and
 * compiles it while that runs.
 * @type {import('vite').Plugin}
 */
const namesShell = {
  name: 'the page names the scripts of the shell',
  transformIndexHtml: {
    order: 'post',
    handler: (html, { bundle = {} }) => {
      const chunks = Object.values(bundle).filter((file) => file.type === 'chunk');
      const files = new Set();
      /** @param {string} name */
      const add = (name) => {
        if (files.has(name)) return;
        files.add(name);
        for (const imported of chunks.find(({ fileName }) => fileName === name)?.imports ?? []) add(imported);
      };
      for (const { fileName, facadeModuleId } of chunks) if (SHELL.test(facadeModuleId ?? '')) add(fileName);
      return [...files]
        .filter((name) => !html.includes(name))
        .map((name) => ({
          tag: 'link',
          attrs: { rel: 'modulepreload', crossorigin: true, href: `/console/${name}` },
          injectTo: 'head',
        }));
    },
  },
};

export default defineConfig({
  root: import.meta.dirname,
  base: '/console/',
  plugins: [
    react(),
    tailwindcss(),
    verifiesInBrowser,
    namesShell,
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
    rolldownOptions: {
      output: {
        // Most of what is loaded runs before the first picture: V8 compiles it beside the page, and not call by call.
        postBanner: '//# allFunctionsCalledOnLoad',
        // Few files: a browser asks for six at a time.
        codeSplitting: {
          groups: [
            { name: 'start', test: START, priority: 1 },
            { name: 'libraries', test: /node_modules/, minShareCount: SHARED_BY },
            { name: 'shared', test: SHARED, minShareCount: SHARED_BY },
            { name: 'shell', test: SHELL_PARTS },
          ],
        },
      },
    },
  },
  server: { proxy: { '/api': SERVICE, '/sign-in': SERVICE, '/health': SERVICE } },
});
