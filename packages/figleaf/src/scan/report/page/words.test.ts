/** What the page says of a record. */
import { describe, expect, it } from 'vitest';
import type { ScanRecord } from '../../schema.ts';
import type { ReportData } from '../data.ts';
import { absenceInWords, factsInWords, fileName, reasonInWords, unlistedInWords, visible } from './words.ts';

const RECORD: ScanRecord = {
  input: '/photos/a.jpg',
  kind: 'image',
  width: 40,
  height: 30,
  verdict: 'allow',
  reason: null,
  scores: { safe: 0.9, unsafe: 0.1, suggestive: null },
  classes: {},
  models: [],
};

/** A box by its label; feet are safe. */
function part(label: string, score: number, frame?: number): NonNullable<ScanRecord['detections']>[number] {
  const category = label === 'FOOT' ? 'safe' : 'unsafe';
  const found = { label, category, score, box: { x: 0, y: 0, width: 1, height: 1 } } as const;
  return frame === undefined ? found : { ...found, frame };
}

describe('words', () => {
  it.each([
    [{}, 'Unsafe 10.0 %'],
    [{ reason: { rule: 'scores.suggestive', score: 0.7 } }, 'Suggestive 70.0 %'],
    [{ reason: { rule: 'classes.half.dressed', score: 1 } }, 'Class half.dressed 100.0 %'],
    [
      { reason: { rule: 'boxes.unsafe', score: 0.6 }, detections: [part('FOOT', 0.9), part('BREAST', 0.6)] },
      'BREAST 60.0 %',
    ],
    [
      { reason: { rule: 'labels.FOOT', score: 0.9 }, detections: [part('FOOT', 0.9, 4)] },
      'FOOT, frame 5 90.0 %',
    ],
    [{ reason: { rule: 'boxes.unsafe', score: 0 }, detections: [] }, 'Unsafe part 0.0 %'],
    [{ reason: { rule: 'labels.FOOT', score: 0 }, detections: [] }, 'FOOT 0.0 %'],
    [{ reason: { rule: 'some-rule', score: 0.5 } }, 'Some rule 50.0 %'],
    [{ reason: { rule: 'block-list', score: 1 } }, 'Matches a block list'],
    [{ scores: null }, 'No scores'],
  ])('say why: %j', (more, words) => {
    expect(reasonInWords({ ...RECORD, ...more })).toBe(words);
  });

  it('say what is wrong with a file, by its short name', () => {
    const error = { code: 'image-corrupt', message: "cannot decode '/photos/a.jpg': copy it again" };
    expect(absenceInWords({ ...RECORD, error })).toBe("cannot decode 'a.jpg': copy it again");
  });

  it('say how much of the file was judged', () => {
    expect(factsInWords({ ...RECORD, frames: 8, truncated: true })).toEqual([
      '40 × 30',
      '8 frames',
      'file cut off',
    ]);
  });

  it('name a file by the end of its path, and show what hides in a name', () => {
    expect(fileName('C:\\photos\\a b.jpg')).toBe('a b.jpg');
    expect(fileName('/')).toBe('/');
    expect(visible('gpj.\u202eexe\n')).toBe('gpj.\ufffdexe\ufffd');
  });

  it('say what is not listed', () => {
    const counts = { block: 1, review: 0, error: 1_200, unjudged: 0, allow: 4 };
    const report: ReportData = {
      title: '',
      started: '',
      profile: null,
      policy: null,
      models: [],
      interrupted: false,
      counts,
      entries: [{ order: 1, record: { ...RECORD, verdict: 'block' } }],
    };
    expect(unlistedInWords(report)).toBe(
      'The 1 most severe of 1,205 records are listed. 1,204 more are counted but not listed: 1,200 unreadable, 4 allowed.',
    );
    expect(unlistedInWords({ ...report, counts: { ...counts, error: 0, allow: 0 } })).toBeNull();
  });
});
