/** CSV: any name comes back as it was, and none is a formula. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyName } from '../../../test/names.ts';
import { FigleafError } from '../../errors.ts';
import { type ScanRecord, toErrorRecord } from '../record.ts';
import { csvHeading, csvRow } from './csv.ts';

const judged: ScanRecord = {
  input: 'photos/a.gif',
  kind: 'image',
  width: 3,
  height: 2,
  verdict: 'block',
  reason: { rule: 'scores.unsafe', score: 0.9 },
  scores: { safe: 0.1, unsafe: 0.9, suggestive: null },
  classes: { safe: 0.1, unsafe: 0.9 },
  models: ['m'],
  frames: 8,
  truncated: true,
};

/** The cells of a text by the grammar of RFC 4180. */
function parse(text: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  const cell = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/gy;
  for (let match = cell.exec(text); match; match = cell.exec(text)) {
    row.push(match[1]?.replaceAll('""', '"') ?? match[2]!);
    if (match[3] === ',') continue;
    rows.push(row);
    row = [];
  }
  return rows;
}

describe('CSV', () => {
  it('has these columns in this order', () => {
    expect(csvHeading()).toBe(
      'input,kind,width,height,verdict,rule,rule_score,unsafe,suggestive,safe,top_class,top_probability,frames,truncated,error_code,error_message,explicit_parts,explicit_score\r\n',
    );
  });

  it('has a line for what was judged', () => {
    expect(csvRow(judged)).toBe(
      'photos/a.gif,image,3,2,block,scores.unsafe,0.9,0.9,,0.1,unsafe,0.9,8,true,,,,\r\n',
    );
  });

  it('has a line for what could not be', () => {
    const record = toErrorRecord('a.jpg', new FigleafError('image-corrupt', 'it is broken, mend it'));
    expect(csvRow(record)).toBe('a.jpg,image,,,,,,,,,,,,false,image-corrupt,"it is broken, mend it",,\r\n');
  });

  it('counts explicit parts where a detector was asked, with the best score', () => {
    const part = (category: 'unsafe' | 'safe', score: number) => ({
      ...{ label: 'PART', category, score },
      box: { x: 0, y: 0, width: 1, height: 1 },
    });
    const row = (...detections: ReturnType<typeof part>[]): string => csvRow({ ...judged, detections });
    expect(row(part('safe', 0.9), part('unsafe', 0.7), part('unsafe', 0.3))).toMatch(/,,,2,0\.7\r\n$/);
    expect(row(part('safe', 0.9))).toMatch(/,,,0,\r\n$/);
  });

  it.each(['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '\r=1', '\n=1'])('takes %j for no formula', (input) => {
    expect(parse(csvRow({ ...judged, input }))[0]![0]).toBe(`'${input}`);
  });

  it('lets no name begin a cell where semicolons or tabs separate them', () => {
    expect(csvRow({ ...judged, input: 'a;=1' })).toMatch(/^"a;=1",/);
    expect(csvRow({ ...judged, input: 'a\t=1' })).toMatch(/^"a\t=1",/);
  });

  it('gives back any name', () => {
    fc.assert(
      fc.property(anyName, anyName, (input, message) => {
        const record = { ...judged, input, error: { code: 'image-corrupt', message } };
        const rows = parse(csvHeading() + csvRow(record));
        expect(rows.map(({ length }) => length)).toEqual([18, 18]);
        const guard = /^(?=[=+\-@\t\r\n])/;
        expect(rows[1]![0]).toBe(input.replace(guard, "'"));
        expect(rows[1]![15]).toBe(message.replace(guard, "'"));
      }),
    );
  });
});
