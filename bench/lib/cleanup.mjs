// @ts-check
/** Last in, first out: what was started last is stopped first. */
const tasks = [];
let cleaning;

/** Registers what must be undone when the script ends, however it ends. */
export function onCleanup(task) {
  tasks.push(task);
}

function cleanUp() {
  cleaning ??= (async () => {
    for (const task of tasks.reverse()) {
      try {
        await task();
      } catch (error) {
        console.error(`clean-up: ${error.message}`);
      }
    }
  })();
  return cleaning;
}

/**
 * Runs a measurement to its end and cleans up after it: on success, on failure, on Ctrl-C and when it has
 * taken longer than `minutesMax`, so that no script of this directory runs for ever.
 * @param main returns the exit code, or nothing for 0.
 */
export async function runScript(minutesMax, main) {
  const abort = (code, why) => {
    console.error(`\n${why}: stopping what was started.`);
    cleanUp().finally(() => process.exit(code));
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => abort(130, signal));
  const deadline = setTimeout(() => abort(1, `Not done after ${minutesMax} minutes`), minutesMax * 60_000);
  let code = 1;
  try {
    code = (await main()) ?? 0;
  } catch (error) {
    console.error(error);
  } finally {
    clearTimeout(deadline);
    await cleanUp();
  }
  process.exit(code);
}
