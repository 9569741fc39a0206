/** Child process of `bench prepare`: the built package `@figleaf/lab` prepares a folder. */
import { prepare } from '@figleaf/lab';
import { serve } from '../classify/serve.mjs';

serve({
  /** Seconds, what is left, and how many were found to be there twice. */
  async prepare({ folder, out }) {
    const start = performance.now();
    const report = await prepare({ sources: [{ name: 'photos', path: folder }], out });
    const seconds = (performance.now() - start) / 1000;
    const { train, validation, test } = report.pictures;
    const twice = report.duplicates.length + report.conflicts.length;
    return { seconds, kept: train + validation + test, twice };
  },
});
