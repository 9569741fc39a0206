/** For a page built with Vite: judges the picture that a visitor chooses in `<input type="file">`, in the browser. */
import { loadClassifier } from 'figleaf';

const loading = loadClassifier({ profile: 'fast' });

document.querySelector('input[type=file]').addEventListener('change', async ({ target }) => {
  const [file] = target.files;
  if (!file) return;
  const classifier = await loading;
  try {
    const { scores } = await classifier.classify(file);
    document.querySelector('output').textContent = `unsafe ${(scores.unsafe * 100).toFixed(0)} %`;
  } catch (error) {
    // A FigleafError says in `code` and `message` why this file cannot be judged.
    document.querySelector('output').textContent = error.message;
  }
});
