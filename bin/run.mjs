/** Builds when needed, then runs the command line in this process, so that signals reach the application itself. */
export async function run() {
  try {
    const { buildIfNeeded } = await import('./build-if-needed.mjs');
    await buildIfNeeded();
  } catch (error) {
    console.error(error.message);
    process.exit(1);
  }
  const { run: runCommand } = await import('../dist/cli/cli.js');
  await runCommand(process.argv);
}
