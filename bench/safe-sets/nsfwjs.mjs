/** Child process of `bench safe-sets`: nsfwjs itself, its default model or InceptionV3. */
import { classifyFile, loadPeer } from '../classify/peer.mjs';
import { measure, serve } from '../classify/serve.mjs';

const loaded = new Map();

serve({
  /** `[file]`: the score, and how long all took; the first is judged once before. */
  async judge({ judge, files }) {
    if (!loaded.has(judge)) {
      loaded.set(judge, await loadPeer(judge === 'nsfwjs' ? 'MobileNetV2' : 'InceptionV3'));
      await classifyFile(loaded.get(judge), files[0]);
    }
    const said = [];
    const figures = await measure(files.length, async () => {
      for (const file of files) said.push(unsafeOf(await classifyFile(loaded.get(judge), file)));
    });
    return { said, seconds: figures.seconds };
  },
});

function unsafeOf(classes) {
  const p = Object.fromEntries(classes.map(({ className, probability }) => [className, probability]));
  return p.Porn + p.Hentai;
}
