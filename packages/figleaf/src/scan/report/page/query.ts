/** Which entries the page shows, and in what order. */
import type { ReportEntry } from '../data.ts';
import { type Outcome, outcomeOf, severityOf, unsafeOf } from '../severity.ts';

/** By how severe they are, by how unsafe, by path, or as they came in the scan. */
export type Sort = 'severity' | 'score' | 'path' | 'order';

/** What somebody wants to see. */
export interface Query {
  /** Outcomes to show; all where none is named. */
  readonly outcomes: ReadonlySet<Outcome>;
  /** Text that the path must hold, in any case. */
  readonly text: string;
  /** Least score as unsafe, of the picture or of a part, 0 to 1. Above 0 it hides what has no score. */
  readonly minimum: number;
  readonly sort: Sort;
}

/** Everything, the most severe first. */
export const EVERYTHING: Query = { outcomes: new Set(), text: '', minimum: 0, sort: 'severity' };

type Compare = (a: ReportEntry, b: ReportEntry) => number;

const collator = new Intl.Collator('en', { numeric: true });
const unsafe = ({ record }: ReportEntry): number => unsafeOf(record) ?? -1;

const COMPARE: Readonly<Record<Sort, Compare>> = {
  severity: (a, b) => severityOf(b.record) - severityOf(a.record),
  score: (a, b) => unsafe(b) - unsafe(a),
  path: (a, b) => collator.compare(a.record.input, b.record.input),
  order: (a, b) => a.order - b.order,
};

/** The entries that the query asks for, in its order; equal ones as they came. */
export function select(
  entries: readonly ReportEntry[],
  { outcomes, text, minimum, sort }: Query,
): ReportEntry[] {
  const wanted = text.trim().toLowerCase();
  const compare = COMPARE[sort];
  return entries
    .filter(
      (entry) =>
        (outcomes.size === 0 || outcomes.has(outcomeOf(entry.record))) &&
        (minimum === 0 || unsafe(entry) >= minimum) &&
        (wanted === '' || entry.record.input.toLowerCase().includes(wanted)),
    )
    .sort((a, b) => compare(a, b) || a.order - b.order);
}

/** The query with one outcome more or less. */
export function toggled(query: Query, outcome: Outcome): Query {
  const outcomes = new Set(query.outcomes);
  if (!outcomes.delete(outcome)) outcomes.add(outcome);
  return { ...query, outcomes };
}
