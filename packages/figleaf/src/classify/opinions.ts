/** What models say that judge photographs only, beside classes of models that know drawings too: the profile `thorough`. */
import type { ClassProbabilities } from './scores.ts';

/**
 * Averages how surely a photograph is explicit over the classes and the opinions, equally.
 *
 * The opinions are of models that never saw a drawing, so `drawing` and `hentai` stay as the classes have them. The share that is left,
 * `neutral + porn + sexy`, is how surely the picture is a photograph. Of that share, `porn` becomes the mean of what it was and of the opinions;
 * `neutral` and `sexy` divide the rest as before.
 *
 * @param classes `drawing`, `hentai`, `neutral`, `porn` and `sexy`.
 * @param opinions How surely a photograph is explicit, 0 to 1 each.
 * @returns The same classes; they sum to what they summed to.
 */
export function withOpinions(classes: ClassProbabilities, opinions: readonly number[]): ClassProbabilities {
  const { neutral = 0, porn = 0, sexy = 0 } = classes;
  const photograph = neutral + porn + sexy;
  const sum = opinions.reduce((total, opinion) => total + photograph * opinion, porn);
  const explicit = sum / (1 + opinions.length);
  const rest = photograph - explicit;
  // Where nothing was neutral or sexy, what is not explicit is neutral.
  const suggestive = rest * (sexy / (neutral + sexy) || 0);
  return { ...classes, porn: explicit, neutral: rest - suggestive, sexy: suggestive };
}
