/** The label of a run: another for all that moves records, and words that people know their run by. */
import { describe, expect, it } from 'vitest';
import { DEFAULT_POLICY } from '../../policy/policy.ts';
import { type RunSettings, runLabel } from './run-label.node.ts';

const settings: RunSettings = { judge: 'balanced', policy: DEFAULT_POLICY };

describe('runLabel', () => {
  it('names what people know the run by', () => {
    expect(runLabel(settings)).toMatch(/^balanced, policy default, [0-9a-f]{12}$/);
    expect(runLabel({ ...settings, policy: {} })).toMatch(/^balanced, policy without a name, [0-9a-f]{12}$/);
    expect(runLabel({ ...settings, policy: null })).toMatch(/^balanced, no policy, [0-9a-f]{12}$/);
  });

  it('is the same for the same', () => {
    expect(runLabel({ ...settings, policy: structuredClone(DEFAULT_POLICY), options: {} })).toBe(
      runLabel(settings),
    );
  });

  it.each<[string, Partial<RunSettings>]>([
    ['another judge', { judge: 'fast' }],
    ['no policy', { policy: null }],
    [
      'other thresholds under the same name',
      { policy: { name: 'default', scores: { unsafe: { block: 0.9 } } } },
    ],
    ['another option', { options: { allowSvg: true } }],
  ])('is another for %s', (_, other) => {
    expect(runLabel({ ...settings, ...other })).not.toBe(runLabel(settings));
  });
});
