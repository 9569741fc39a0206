/** In which order pictures come: drawn from seed and epoch alone, so that a resumed run goes on as the first would have. */
import type { RandomStream } from '@figleaf/onnx/nn';

/** The items in random order. Fisher and Yates. */
export function shuffle<T>(items: readonly T[], random: RandomStream): T[] {
  const out = [...items];
  for (let last = out.length - 1; last > 0; last--) {
    const other = below(last + 1, random);
    [out[last], out[other]] = [out[other]!, out[last]!];
  }
  return out;
}

/** A whole number from 0 to below `end`, each as likely. */
function below(end: number, random: RandomStream): number {
  const limit = 2 ** 32 - (2 ** 32 % end);
  for (;;) {
    const word = random.word();
    if (word < limit) return word % end;
  }
}
