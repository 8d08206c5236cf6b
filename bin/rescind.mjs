#!/usr/bin/env node
// The entry of `npm start` and `npx rescind`. On a Node.js that is too old it runs under one fetched from npm.
import { findSupportedNode, isSupported } from './supported-node.mjs';

if (isSupported()) {
  const { run } = await import('./run.mjs');
  await run();
} else {
  try {
    const { launch } = await import('./launch.mjs');
    launch(await findSupportedNode((line) => console.error(line)), process.argv.slice(2));
  } catch (error) {
    console.error(error.message);
    process.exit(1);
  }
}
