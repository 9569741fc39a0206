/** Charts draw what they are given: places, gaps, scales, and words for those who do not see them. */
import { describe, expect, it } from 'vitest';
import { type ChartOptions, chart } from './chart.ts';
import { STYLE } from './style.ts';

const OPTIONS: ChartOptions = {
  title: 'Loss',
  summary: 'Loss by epoch.',
  series: [
    {
      name: 'training',
      look: 'main',
      points: [
        [0, 4],
        [1, 2],
        [2, 1],
      ],
    },
  ],
  unit: 'epoch',
  xDomain: [0, 2],
  yDomain: [0, 4],
  format: String,
};

/** Red, green and blue, 0 to 255. */
const rgbOf = (hex: string): number[] => [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16));

const textsOf = (svg: string, kind: string): string[] =>
  [...svg.matchAll(new RegExp(`<text class="${kind}"[^>]*>([^<]*)`, 'g'))].map(([, text]) => text!);

describe('a chart', () => {
  it('puts values where they belong', () => {
    const { text } = chart(OPTIONS);
    expect(text).toContain('d="M0,0L500,500L1000,750"');
    expect(textsOf(text, 'level')).toEqual(['0', '1', '2', '3', '4']);
    expect(textsOf(text, 'unit')).toEqual(['epoch']);
    expect(textsOf(text, 'count')).toEqual(['1', '2']);
    expect(text).toContain('aria-label="Loss by epoch."');
  });

  it('breaks a line where there is no number', () => {
    const points = [
      [0, 4],
      [1, Number.NaN],
      [2, 1],
    ] as const;
    const { text } = chart({ ...OPTIONS, series: [{ name: 'a', look: 'main', points, hasDots: true }] });
    expect(text).not.toContain('NaN');
    expect(text.match(/<circle/g)).toHaveLength(2);
    expect(text).toContain('<title>a, epoch 2: 1</title>');
  });

  it('draws dots as large as what is behind them', () => {
    const points = [
      [0, 4],
      [1, 2],
      [2, 1],
    ] as const;
    const series = { name: 'a', look: 'main', points, hasDots: true, shares: [0, 0.25, 1] } as const;
    expect(chart({ ...OPTIONS, series: [series] }).text.match(/ r="[^"]*"/g)).toEqual([
      ' r="1.5"',
      ' r="4.3"',
      ' r="7"',
    ]);
  });

  it.each([
    [0.01, 'mark early'],
    [1, 'mark'],
    [1.99, 'mark late'],
  ])('keeps the words of a mark at %d away from those of the axis', (at, kind) => {
    const { text } = chart({ ...OPTIONS, mark: { x: at, words: String(at) } });
    expect(textsOf(text, kind)).toEqual([String(at)]);
  });

  it('has a key of each line that looks as the line', () => {
    const looks = ['main', 'second', 'third', 'fourth', 'fifth', 'sixth'] as const;
    const series = looks.map((look) => ({ ...OPTIONS.series[0]!, name: look, look }));
    const { text } = chart({ ...OPTIONS, series });
    for (const look of looks)
      expect(text).toMatch(new RegExp(`<svg class="key ${look}".*?</svg>${look}</li>`));
  });

  it('has six looks of lines that differ in colour and in dashes, in light and in dark', () => {
    const looks = ['second', 'third', 'fourth', 'fifth', 'sixth'];
    const of = (pattern: (look: string) => RegExp) =>
      looks.map((look) => STYLE.match(pattern(look))!.slice(1).join(' '));
    expect(new Set(of((look) => new RegExp(`\\.${look} { --dash: ([^;]+);`)))).toHaveProperty('size', 5);
    const [light, dark] = [0, 1].map((scheme) =>
      ['accent', ...looks].map((name) => {
        const [, one, other] = STYLE.match(new RegExp(`--${name}: light-dark\\((#\\w+), (#\\w+)\\)`))!;
        return rgbOf(scheme === 0 ? one! : other!);
      }),
    );
    for (const colours of [light!, dark!]) {
      for (const [index, a] of colours.entries()) {
        for (const b of colours.slice(index + 1))
          expect(Math.hypot(...a.map((v, i) => v - b[i]!))).toBeGreaterThan(60);
      }
    }
  });

  it('takes steps of tens where values lie far apart', () => {
    const points = [
      [0, 100],
      [1, 1],
      [2, 0.01],
    ] as const;
    const { text } = chart({
      ...OPTIONS,
      series: [{ name: 'a', look: 'main', points }],
      yDomain: [0.01, 100],
      isLogarithmic: true,
    });
    expect(text).toContain('d="M0,0L500,500L1000,1000"');
    expect(textsOf(text, 'level')).toEqual(expect.arrayContaining(['0.01', '1', '100']));
    expect(textsOf(text, 'level').length).toBeLessThan(12);
  });

  it.each([0, 3])('has room for a value that never changes: %d', (value) => {
    const { yDomain: _, ...options } = OPTIONS;
    const points = [
      [0, value],
      [2, value],
    ] as const;
    const { text } = chart({ ...options, series: [{ name: 'a', look: 'main', points }] });
    expect(text).not.toMatch(/NaN|Infinity/);
  });

  it('draws without a value too', () => {
    const { yDomain: _, ...options } = OPTIONS;
    const { text } = chart({ ...options, series: [{ name: 'a', look: 'main', points: [] }] });
    expect(text).not.toMatch(/NaN|Infinity/);
  });
});
