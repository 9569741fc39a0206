/** Which classes figures of a whole model are of: headings name them, for with a positive class they are of that one alone. */
import type { EvaluationReport } from './report.ts';

/** Of areas below curves. */
export function curveScope({ positive }: Pick<EvaluationReport, 'positive'>): string {
  return positive ?? 'pooled';
}

/** Of how sure the model is, and how often that came true. */
export function calibrationScope({
  positive,
  multiLabel,
}: Pick<EvaluationReport, 'positive' | 'multiLabel'>): string {
  return positive ?? (multiLabel ? 'pooled' : 'class said');
}
