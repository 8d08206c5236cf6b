import { run } from './cli/cli.js';

/** `node dist/main.js` serves; `rescind` (bin/rescind.mjs) takes commands. */
await run([...process.argv.slice(0, 2), ...(process.argv.length > 2 ? process.argv.slice(2) : ['serve'])]);
