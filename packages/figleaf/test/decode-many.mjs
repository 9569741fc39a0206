/** Child process of the hardening tests: decodes files, or random mutations of them, by the built package. */
/*
 * Arguments: `{ files, mutations, seed }` as JSON. Prints `{ outcomes, slowestMs, peakBytes, strange }` as JSON.
 */
import { readFile } from 'node:fs/promises';
import { decodeImage, FigleafError } from 'figleaf';

const { files, mutations = 0, seed = 1 } = JSON.parse(process.argv[2]);
const outcomes = {};
const strange = [];
let slowestMs = 0;

process.on('unhandledRejection', (error) => strange.push(`unhandled rejection: ${error}`));

async function decodeOne(name, input) {
  const start = performance.now();
  let outcome;
  try {
    const image = await decodeImage(input, { frames: 3 });
    outcome = image.truncated ? 'truncated' : 'decoded';
    const right = image.frames.every(({ width, height, data }) => data.length === width * height * 3);
    if (!right || image.frames.length === 0) strange.push(`${name}: frames of the wrong size`);
  } catch (error) {
    outcome = error instanceof FigleafError ? error.code : 'foreign';
    if (outcome === 'foreign') strange.push(`${name}: ${error}`);
  }
  const ms = performance.now() - start;
  if (ms > 10_000) strange.push(`${name}: ${Math.round(ms)} ms`);
  slowestMs = Math.max(slowestMs, ms);
  outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
}

/** Whole numbers from 0 up to `limit`, by a linear congruential generator's high bits. */
function createRandom(start) {
  let state = start >>> 0;
  return (limit) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
}

/** Bytes changed, cut out, repeated, or the end cut off. Half of the changes hit the head, where they matter most. */
function mutate(bytes, random) {
  let out = new Uint8Array(bytes);
  for (let change = random(8); change >= 0; change--) {
    const at = random(2) ? random(Math.min(600, out.length)) : random(out.length);
    const size = 1 + random(64);
    const kind = random(12);
    if (kind < 8) out[at] = kind < 5 ? random(256) : [0, 255, 127][kind - 5];
    else if (kind < 9) out = joined(out.subarray(0, at), out.subarray(at + size));
    else if (kind < 11) out = joined(out.subarray(0, at + size), out.subarray(at));
    else out = out.slice(0, Math.max(1, out.length - random(out.length)));
    if (out.length === 0) break;
  }
  return out;
}

function joined(a, b) {
  const out = new Uint8Array(a.length + b.length);
  out.set(a);
  out.set(b, a.length);
  return out;
}

if (mutations === 0) for (const file of files) await decodeOne(file, file);
const random = createRandom(seed);
for (let number = 0; number < mutations; number++) {
  const file = files[number % files.length];
  await decodeOne(`mutation ${number} of ${file}`, mutate(await readFile(file), random));
}
// maxRSS is in kilobytes.
console.log(
  JSON.stringify({ outcomes, slowestMs, peakBytes: process.resourceUsage().maxRSS * 1024, strange }),
);
