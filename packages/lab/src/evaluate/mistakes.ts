/** The pictures that somebody gets wrong, and whether models differ by more than chance. */
import type { Answers } from './answers.ts';
import { mcNemar } from './metrics/mcnemar.ts';
import type { Example } from './pictures.ts';
import type { Comparison, Mistake } from './report.ts';

/** More are counted, and not named. */
const MOST = 1000;

/** Each pair of models. */
export function compare(names: readonly string[], answers: readonly Answers[]): Comparison[] {
  return names.flatMap((first, index) =>
    names.slice(index + 1).map((second, offset): Comparison => {
      const [a, b] = [answers[index]!.isRight, answers[index + 1 + offset]!.isRight];
      let [onlyFirst, onlySecond] = [0, 0];
      for (const [picture, right] of a.entries()) {
        if (right > b[picture]!) onlyFirst++;
        if (right < b[picture]!) onlySecond++;
      }
      return { first, second, ...mcNemar(onlyFirst, onlySecond) };
    }),
  );
}

/** What somebody got wrong, the surest mistakes first. */
export function findMistakes(
  examples: readonly Example[],
  classes: readonly string[],
  answers: readonly Answers[],
): { readonly mistakes: Mistake[]; readonly count: number } {
  const wrong = [...examples.keys()].filter((index) => answers.some(({ isRight }) => isRight[index] === 0));
  const worst = new Map(
    wrong.map((index) => [index, Math.max(...answers.map((one) => wrongness(one, index)))]),
  );
  wrong.sort((a, b) => worst.get(b)! - worst.get(a)! || a - b);
  const mistakes = wrong.slice(0, MOST).map((index): Mistake => {
    const { name, path, source, targets } = examples[index]!;
    return { name, path, source, truth: targets, said: answers.map((one) => saidOf(one, index, classes)) };
  });
  return { mistakes, count: wrong.length };
}

/** How far the score that is most wrong is from what it should be; 0 where what is said is right. */
function wrongness({ scores, is, isRight, classes }: Answers, index: number): number {
  if (isRight[index]) return 0;
  let most = 0;
  for (let at = index * classes; at < (index + 1) * classes; at++) {
    most = Math.max(most, Math.abs(scores[at]! - is[at]!));
  }
  return most;
}

function saidOf(
  { scores, said, is, isRight, classes: width }: Answers,
  index: number,
  classes: readonly string[],
): Mistake['said'][number] {
  const own = classes.map((name, label) => {
    const at = index * width + label;
    return { name, isSaid: said[at] === 1, score: scores[at]!, off: Math.abs(scores[at]! - is[at]!) };
  });
  const named = own.filter(({ isSaid }) => isSaid);
  const shown = named.length === 1 ? named[0]! : own.reduce((a, b) => (b.off > a.off ? b : a));
  return { classes: named.map(({ name }) => name), score: shown.score, isRight: isRight[index] === 1 };
}
