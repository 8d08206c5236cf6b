/**
 * Loaded into a Rescind process before the application (`node --import`): tells whoever connects to the port in the
 * file EVENT_LOOP_PORT_FILE for how many milliseconds the event loop was held at most since it was asked last. A
 * turn counts with the smaller of its duration and the processor time of the process in it, so that a machine that
 * has no time for the process does not make it longer.
 */
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { performance } from 'node:perf_hooks';

let longestMs = 0;
let lookedAtMs = performance.now();
let used = process.cpuUsage();

function look() {
  const nowMs = performance.now();
  const now = process.cpuUsage();
  const usedMs = (now.user - used.user + now.system - used.system) / 1000;
  longestMs = Math.max(longestMs, Math.min(nowMs - lookedAtMs, usedMs));
  lookedAtMs = nowMs;
  used = now;
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
