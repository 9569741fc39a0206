/** What a preparation says of itself. */
import type { BlockListMatch, FigleafError } from 'figleaf';
import type { Part } from '../data-set/data-set.ts';
import type { Shares } from '../data-set/parts.ts';
import type { Decision } from './decide.ts';
import type { BrokenLine, PictureName, PrepareCounts, PrepareReport, PrepareSource } from './options.ts';
import type { Wanted } from './targets.ts';

/** A class with fewer pictures than this is hardly learnt, and hardly measured. */
const FEW = 10;

/** What the report is made of. */
export interface Findings {
  readonly sources: readonly PrepareSource[];
  /** All pictures of wanted classes, of which `pictures` are those that were taken. */
  readonly found: readonly Wanted[];
  readonly pictures: readonly Wanted[];
  readonly parts: ReadonlyMap<number, Part>;
  /** What parts were to get. */
  readonly shares: Shares;
  readonly decision: Decision;
  readonly broken: ReadonlyMap<number, FigleafError>;
  readonly listed: ReadonlyMap<number, BlockListMatch>;
  /** Files that are broken in a way that no class is known. */
  readonly brokenBefore: readonly BrokenLine[];
  readonly passedOver: number;
  readonly leftOut: number;
  readonly warnings: readonly string[];
}

/** The whole report. */
export function toReport(findings: Findings): PrepareReport {
  const { sources, pictures, decision, broken, brokenBefore, listed, parts } = findings;
  const nameOf = (place: number): PictureName => {
    const { source, name } = pictures[place]!;
    return { source: sources[source]!.name, path: name };
  };
  const counts = countAll(findings);
  const left = sumOf([...parts.values()]);
  const classes = [...new Set(findings.found.map(({ target }) => target))].sort();
  return {
    counts,
    pictures: left,
    classes,
    passedOver: findings.passedOver,
    leftOut: findings.leftOut,
    warnings: [
      ...findings.warnings,
      ...noTraining(left),
      ...classes.flatMap((name) => classWarnings(name, counts, findings.shares)),
    ],
    broken: [
      ...brokenBefore,
      ...[...broken]
        .sort(([a], [b]) => a - b)
        .map(([place, { code, message }]) => ({ ...nameOf(place), code, message })),
    ],
    duplicates: decision.dropped.map(({ place, kind, distance, of }) => ({
      ...nameOf(place),
      kind,
      distance,
      of: nameOf(of),
    })),
    conflicts: decision.conflicts.map((places) => ({
      pictures: places.map((place) => ({ ...nameOf(place), class: pictures[place]!.target })),
    })),
    blockListed: [...listed.values()]
      .map(({ kind, hash }) => ({ kind, hash }))
      .sort((a, b) => (`${a.kind} ${a.hash}` < `${b.kind} ${b.hash}` ? -1 : 1)),
  };
}

function sumOf(parts: readonly Part[]): Record<Part, number> {
  const sum = { train: 0, validation: 0, test: 0 };
  for (const part of parts) sum[part]++;
  return sum;
}

type Row = { -readonly [K in keyof PrepareCounts]: PrepareCounts[K] } & { parts: Record<Part, number> };

function countAll({ sources, found, pictures, parts, decision, broken }: Findings): PrepareCounts[] {
  const rows = new Map<string, Row>();
  const rowOf = ({ source, target }: Wanted): Row => {
    const key = `${source}/${target}`;
    const empty = { found: 0, taken: 0, broken: 0, duplicates: 0, conflicts: 0 };
    const row = rows.get(key) ?? {
      source: sources[source]!.name,
      class: target,
      ...empty,
      parts: { train: 0, validation: 0, test: 0 },
    };
    rows.set(key, row);
    return row;
  };
  for (const picture of found) rowOf(picture).found++;
  for (const picture of pictures) rowOf(picture).taken++;
  for (const place of broken.keys()) rowOf(pictures[place]!).broken++;
  for (const { place } of decision.dropped) rowOf(pictures[place]!).duplicates++;
  for (const place of decision.conflicts.flat()) rowOf(pictures[place]!).conflicts++;
  for (const place of decision.kept) rowOf(pictures[place]!).parts[parts.get(place)!]++;
  const order = new Map(sources.map(({ name }, index) => [name, index]));
  return [...rows.values()].sort(
    (a, b) => order.get(a.source)! - order.get(b.source)! || (a.class < b.class ? -1 : 1),
  );
}

function noTraining({ train, validation, test }: PrepareReport['pictures']): string[] {
  if (train > 0 || validation + test === 0) return [];
  return [
    'no picture is left for training, all are for validation or the test: give more pictures, or ask for smaller shares',
  ];
}

function classWarnings(name: string, counts: readonly PrepareCounts[], shares: Shares): string[] {
  const own = counts.filter((row) => row.class === name);
  const countOf = (part: Part): number => own.reduce((sum, { parts }) => sum + parts[part], 0);
  const left = countOf('train') + countOf('validation') + countOf('test');
  if (left < FEW) {
    const what = left === 1 ? 'picture' : 'pictures';
    return [`the class '${name}' has ${left} ${what} left: too few to learn from, or to measure by`];
  }
  const lacking = (['validation', 'test'] as const).filter((part) => shares[part] > 0 && countOf(part) === 0);
  if (lacking.length === 0) return [];
  const where = lacking.map((part) => (part === 'test' ? 'the test' : 'validation')).join(' and for ');
  return [
    `the class '${name}' has no pictures for ${where}, so nothing will be measured of it there: give it more pictures, or ask for larger shares`,
  ];
}
