// @ts-check
import { fork } from 'node:child_process';
import { onCleanup } from './cleanup.mjs';

/**
 * A process that does what it is told by messages, and answers each: `ask` says what, and resolves with the answer. It knows the
 * credential by its environment.
 */
export function startAsked(script, given, credential) {
  const child = fork(script, given, { env: { ...process.env, RESCIND_BENCH_CREDENTIAL: credential } });
  const stop = () => void child.kill('SIGKILL');
  onCleanup(stop);
  const asked = new Map();
  let last = 0;
  child.on('message', (/** @type {any} */ { id, answer }) => {
    asked.get(id)?.resolve(answer);
    asked.delete(id);
  });
  child.once('exit', () => {
    for (const { reject } of asked.values()) reject(new Error('the client verifiers ended'));
  });
  const ask = (what, value) =>
    new Promise((resolve, reject) => {
      asked.set(++last, { resolve, reject });
      child.send({ id: last, what, value });
    });
  return { ask, stop };
}
