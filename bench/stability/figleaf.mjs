/** Child process of `bench stability`: `unsafe` of the profiles and of nsfwjs's model as nsfwjs resizes, in the built package. */
import { findModel, listProfiles, loadClassifier } from 'figleaf';
import { serve } from '../classify/serve.mjs';

const PEER = 'mobilenet_v2';
const { preprocessing } = findModel(PEER).metadata;

const judges = {
  nsfwjs: await loadClassifier(PEER, {
    description: { preprocessing: { ...preprocessing, resize: 'bilinear-aligned' } },
  }),
};
for (const profile of listProfiles()) judges[profile] = await loadClassifier({ profile });

serve({
  /** The score of each file, given by its path or bytes. */
  async unsafe({ judge, files }) {
    const scores = [];
    for await (const { result, error } of judges[judge].classifyAll(files)) {
      if (error) throw error;
      scores.push(result.scores.unsafe);
    }
    return scores;
  },
});
