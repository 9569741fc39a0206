/** Child process of `bench classify`: the built package `figleaf` on the file lists. */
import { loadClassifier } from 'figleaf';
import { measure, serve } from './serve.mjs';

const classifier = await loadClassifier({ profile: 'fast' });

function* repeated(files, times) {
  for (let round = 0; round < times; round++) yield* files;
}

serve({
  runtime: () => classifier.runtime,

  classify: ({ files, repeat, scaledDecode }) =>
    measure(files.length * repeat, async () => {
      for await (const { error } of classifier.classifyAll(repeated(files, repeat), { scaledDecode })) {
        if (error) throw error;
      }
    }),
});
