/** One Ctrl-C can arrive several times: from the terminal, from npm, and from the supervisor of the workers. */
const SAME_PRESS_MS = 1000;

/** Resolves on the first SIGINT or SIGTERM. A later one ends the process at once. */
export function onStopSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    let askedAtMs: number | undefined;
    const stop = (signal: NodeJS.Signals): void => {
      askedAtMs ??= performance.now();
      if (performance.now() - askedAtMs > SAME_PRESS_MS) process.exit(130);
      resolve(signal);
    };
    process.on('SIGINT', stop);
    process.on('SIGTERM', stop);
  });
}
