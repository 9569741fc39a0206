/** The lifecycle tests, in however many rounds. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ENDINGS, type Ending, makeFolder, runProgram } from './lifecycle.ts';

/** How late the end may come after the program's start: from before its workers are up to well into the work. */
const LATEST_MS = 1500;

/** Every ending, `rounds` times at random moments: it must end as it should, never by a crash and never not at all. */
export function describeLifecycle(runtime: 'native' | 'wasm', rounds: number): void {
  describe(`a program with a busy pool (${runtime})`, () => {
    let folder: Awaited<ReturnType<typeof makeFolder>>;
    beforeAll(async () => {
      folder = await makeFolder();
    });
    afterAll(() => folder[Symbol.asyncDispose]());

    for (const [ending, expected] of Object.entries(ENDINGS)) {
      it(`ends well on ${ending}, ${rounds} times`, { timeout: rounds * 15_000 }, async () => {
        for (let round = 0; round < rounds; round++) {
          const delay = Math.round(Math.random() * LATEST_MS);
          const outcome = await runProgram(ending as Ending, delay, folder.path, {
            FIGLEAF_RUNTIME: runtime,
          });
          const report = `after ${delay} ms: ${outcome.errors}`;
          expect(outcome.end, report).toBe(expected);
          if (ending === 'throw') expect(outcome.errors).toContain("the user's own mistake");
          else expect(outcome.errors).toBe('');
          if (ending === 'abort') expect(JSON.parse(outcome.output).abortMs, report).toBeLessThan(200);
        }
      });
    }
  });
}
