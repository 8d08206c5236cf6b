/**
 * Loaded into a Rescind process before the application (`node --import`): tells whoever connects to the port in the
 * file EVENT_LOOP_PORT_FILE for how many milliseconds the event loop was held at most since it was asked last.
 *
 * A turn counts with the processor time of the loop's own thread: what it waits for a processor is the machine's doing,
 * and what V8's other threads compile or mark beside it holds nothing up. What they would take off its hands while it
 * stands still is not left to them here: young garbage is collected on the loop's thread alone. So the clock of this one
 * thread counts the whole of it, whether the machine has a core for it or not, and a process that is not watched is held
 * for no longer. Old garbage is collected in steps and beside the loop, whatever is asked for; its last step can
 * fall into any turn, so whoever measures takes the least of some tries.
 */
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { performance } from 'node:perf_hooks';
import { setFlagsFromString } from 'node:v8';
import { usedSoFarMs } from './thread-time.mjs';

setFlagsFromString('--no-parallel-scavenge');

let longestMs = 0;
let lookedAtMs = performance.now();
let usedMs = usedSoFarMs();

function look() {
  const nowMs = performance.now();
  const nowUsedMs = usedSoFarMs();
  longestMs = Math.max(longestMs, Math.min(nowMs - lookedAtMs, nowUsedMs - usedMs));
  lookedAtMs = nowMs;
  usedMs = nowUsedMs;
}

setInterval(look, 1).unref();

const server = createServer((socket) => {
  look();
  socket.end(String(longestMs));
  longestMs = 0;
});
server.listen(0, '127.0.0.1', () => {
  writeFileSync(process.env.EVENT_LOOP_PORT_FILE, String(server.address().port));
});
server.unref();
