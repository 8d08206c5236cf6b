// What bin/launch.mjs starts: the command line, which ends when whoever launched it does.
import cluster from 'node:cluster';
import { run } from './run.mjs';

if (cluster.isPrimary) {
  process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'));
  process.channel?.unref();
}

await run();
