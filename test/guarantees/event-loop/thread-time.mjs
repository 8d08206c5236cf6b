// @ts-check

/**
 * Milliseconds of processor time that this thread has used. Linux brings its account of a running thread up to date when the time
 * of the whole process is read, which therefore is read first: else it is up to 4 ms behind. Of the whole process, where Node has no
 * clock for one thread (before 23.9).
 */
export function usedSoFarMs() {
  const all = process.cpuUsage();
  const { user, system } = process.threadCpuUsage?.() ?? all;
  return (user + system) / 1000;
}
