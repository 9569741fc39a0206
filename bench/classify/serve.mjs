/** The child's end of a benchmark: answers the calls that the parent process makes over IPC, one after another. */

/** Answers every call `{ method, argument }` with the handler of that name, until the parent goes away. */
export function serve(handlers) {
  process.on('message', async ({ method, argument }) => {
    try {
      process.send({ value: await handlers[method](argument) });
    } catch (error) {
      process.send({ error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
    }
  });
  process.on('disconnect', () => process.exit());
  process.send({ value: 'ready' });
}

/** Runs `work` and says how long it took, on the wall clock and in CPU time over all threads of this process. */
export async function measure(pictures, work) {
  const cpu = process.cpuUsage();
  const start = performance.now();
  await work();
  const seconds = (performance.now() - start) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  return { pictures, seconds, cpuSeconds: (user + system) / 1e6 };
}
