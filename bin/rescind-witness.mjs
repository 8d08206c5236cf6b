#!/usr/bin/env node
// The entry of `npx rescind-witness`. What is built needs no Node.js as new as Rescind's, and no package.
try {
  const { buildIfNeeded } = await import('./build-if-needed.mjs');
  await buildIfNeeded();
} catch (error) {
  console.error(error.message);
  process.exit(1);
}
await import('../dist/witness/rescind-witness.cjs');
