#!/usr/bin/env node
// The entry of `npm start` and `npx rescind`: builds when needed, then runs the command line in this process,
// so that signals reach the application itself.
const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(
    `Rescind needs Node.js 20.19 or newer, and this is ${process.versions.node}: install a newer one.`,
  );
  process.exit(1);
}

try {
  const { buildIfNeeded } = await import('./build-if-needed.mjs');
  await buildIfNeeded();
} catch (error) {
  console.error(error.message);
  process.exit(1);
}

const { run } = await import('../dist/cli/cli.js');
await run(process.argv);
