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

/** How sure the mistake is; 0 where what is said is right. */
function wrongness(answers: Answers, index: number): number {
  if (answers.isRight[index]) return 0;
  const verdicts = verdictsOf(answers, index);
  const said = onlySaid(verdicts);
  // A class that is rightly said is no mistake: another is missing.
  return said && !said.isTrue ? said.score : mostWrong(verdicts).off;
}

function saidOf(answers: Answers, index: number, classes: readonly string[]): Mistake['said'][number] {
  const verdicts = verdictsOf(answers, index);
  const { score } = onlySaid(verdicts) ?? mostWrong(verdicts);
  return {
    classes: classes.filter((_, label) => verdicts[label]!.isSaid),
    score,
    isRight: answers.isRight[index] === 1,
  };
}

/** What is said of one class of a picture. */
interface Verdict {
  readonly isSaid: boolean;
  readonly isTrue: boolean;
  readonly score: number;
  /** How far the score is from what it should be. */
  readonly off: number;
}

function verdictsOf({ scores, said, is, classes }: Answers, index: number): Verdict[] {
  return Array.from({ length: classes }, (_, label): Verdict => {
    const at = index * classes + label;
    const score = scores[at]!;
    return { isSaid: said[at] === 1, isTrue: is[at] === 1, score, off: Math.abs(score - is[at]!) };
  });
}

/** The one class that is said; null of none or several. */
function onlySaid(verdicts: readonly Verdict[]): Verdict | null {
  const said = verdicts.filter(({ isSaid }) => isSaid);
  return said.length === 1 ? said[0]! : null;
}

function mostWrong(verdicts: readonly Verdict[]): Verdict {
  return verdicts.reduce((a, b) => (b.off > a.off ? b : a));
}
