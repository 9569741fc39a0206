/** What the child process of a soak says of its outcomes, part by part. */

/** Every file, `times` over. */
export function* repeated(files, times) {
  for (let round = 0; round < times; round++) yield* files;
}

/** Takes outcomes in words, of which each part has `partLength`; samples the memory after every `sampleEvery` of them. */
export async function inParts(outcomes, { partLength, sampleEvery }) {
  const parts = [];
  const samples = [];
  let counts = {};
  let count = 0;
  let start = performance.now();
  for await (const outcome of outcomes) {
    counts[outcome] = (counts[outcome] ?? 0) + 1;
    count++;
    if (count % sampleEvery === 0) samples.push(process.memoryUsage.rss());
    if (count % partLength !== 0) continue;
    const now = performance.now();
    parts.push({ seconds: (now - start) / 1000, outcomes: counts });
    counts = {};
    start = now;
  }
  return { count, parts, samples };
}
