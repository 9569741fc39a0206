/** The page of a run: what it says, when it stops to refresh, and that names from outside stay text. */
import { describe, expect, it } from 'vitest';
import { addToCurve, NO_CURVE } from './curve.ts';
import { type RunState, type RunView, runPage } from './run-page.ts';

const HOSTILE = `</title><script>alert(1)</script><img src=x onerror='alert(2)' title="`;

const HISTORY = [1, 2, 3].map((epoch) => ({
  epoch,
  step: epoch * 4,
  loss: 1 / epoch,
  accuracy: 0.3 * epoch,
  validationLoss: epoch === 3 ? 0.9 : 1.5 / epoch,
  validationAccuracy: 0.25 * epoch,
  learningRate: 0.01,
  imagesPerSecond: 123.4,
}));

function viewOf(
  state: RunState,
  more: Partial<RunView> = {},
  classes: readonly string[] = ['a', 'b'],
): RunView {
  let curve = NO_CURVE;
  for (let step = 1; step <= 12; step++) {
    curve = addToCurve(curve, { step, loss: 3 / step, accuracy: step / 12, learningRate: 0.01 });
  }
  return {
    out: 'runs/digits',
    state,
    start: {
      classes,
      pictures: { train: 33, validation: 4, test: 5 },
      skipped: [{ name: 'a/notes.txt', code: 'not-an-image', message: 'it is text' }],
      parameters: { all: 12_345, trainable: 12_000 },
      prefix: { state: 'none', bytes: 0 },
      augmentation: null,
      resumedAt: 0,
      stepsPerEpoch: 4,
    },
    progress: {
      version: 3,
      run: {
        model: 'small-cnn',
        classes,
        picture: [3, 32, 32],
        batchSize: 8,
        seed: 1,
        source: null,
        graph: '',
        data: '',
        augmentation: null,
        plateau: null,
      },
      step: 12,
      sums: { loss: 0, correct: 0, pictures: 0 },
      curve,
      history: HISTORY,
      bestEpoch: 2,
      plateau: { rate: 1, best: null, wait: 0, cooldown: 0 },
      rates: [0.01, 0.01, 0.01],
      rate: 0.1,
      skipped: [],
    },
    epochs: 5,
    began: new Date(2026, 0, 2, 3, 4, 5),
    written: new Date(2026, 0, 2, 3, 5, 0),
    imagesPerSecond: 123.4,
    secondsLeft: 77,
    timeOf: (seconds) => `${seconds} seconds`,
    ...more,
  };
}

const TRAINING: RunState = { name: 'training', doing: 'epoch 4 of 5' };
const ENDED: RunState = { name: 'ended', test: { loss: 0.5, accuracy: 0.8765 }, bestEpoch: 2 };

describe('the page of a run', () => {
  it('says what is trained, how far it is, and how it went', () => {
    const page = runPage(viewOf(TRAINING));
    expect(page).toContain('<title>digits: epoch 4 of 5</title>');
    for (const words of [
      '77 seconds',
      '>123<',
      '12,345, of which 12,000 learn',
      '33 to train with',
      'a/notes.txt (not-an-image)',
    ])
      expect(page).toContain(words);
    expect(page.match(/<figure/g)).toHaveLength(3);
    expect(page).toContain(
      'training, each step: from 3 to 0.25; training, epoch: from 1 to 0.333; validation: from 1.5 to 0.9',
    );
    expect(page).toMatch(
      /<tr class="best"><th scope="row"><span class="badge">best<\/span>2<\/th><td>8<\/td><td>0.5000<\/td>/,
    );
  });

  it('is loaded again as long as the run trains, and then no more', () => {
    expect(runPage(viewOf(TRAINING))).toMatch(/http-equiv="refresh"[\s\S]*location\.reload/);
    for (const state of [ENDED, { name: 'stopped' }, { name: 'failed', message: 'x' }] as const) {
      expect(runPage(viewOf(state))).not.toMatch(/http-equiv="refresh"|<script/);
    }
  });

  it('says how it ended', () => {
    const ended = runPage(viewOf(ENDED));
    expect(ended).toContain('87.65 %');
    expect(ended).toContain('figleaf classify --model runs/digits/model.onnx photo.jpg');
    expect(runPage(viewOf({ name: 'stopped' }))).toContain('<code>--resume</code> goes on with it');
    expect(runPage(viewOf({ name: 'failed', message: 'the loss is no number' }))).toContain(
      'the loss is no number',
    );
  });

  it('has F1 where a picture may be of several classes, and only there', () => {
    expect(runPage(viewOf(ENDED))).not.toContain('F1');
    const test = { loss: 0.5, accuracy: 0.1, f1: 0.8125 };
    const view = viewOf({ name: 'ended', test, bestEpoch: 2 });
    const history = HISTORY.map((record) => ({ ...record, validationF1: 0.625 }));
    const page = runPage({ ...view, progress: { ...view.progress, history } });
    expect(page).toContain('<dt>test F1</dt><dd>0.8125</dd>');
    expect(page).toContain('<dt>validation F1, epoch 2</dt><dd>0.6250</dd>');
    expect(page).toContain('<th scope="col">val. F1</th>');
    expect(page.match(/<td>0\.6250<\/td>/g)).toHaveLength(HISTORY.length);
  });

  it('holds nothing but text of names from outside', () => {
    const page = runPage(
      viewOf({ name: 'failed', message: HOSTILE }, { out: `runs/${HOSTILE}` }, [
        HOSTILE,
        ...Array(100).fill('b'),
      ]),
    );
    expect(page).not.toMatch(/<script|<img/);
    expect(page).toContain('&lt;script&gt;alert(1)');
    expect(page).toContain('and 41 more');
  });

  it('is there before the first step, and without validation', () => {
    const view = viewOf(TRAINING);
    const nothing = runPage({
      ...view,
      progress: { ...view.progress, step: 0, curve: NO_CURVE, history: [], bestEpoch: null },
      imagesPerSecond: null,
      secondsLeft: null,
    });
    expect(nothing).not.toMatch(/undefined|NaN|<figure/);
    const history = HISTORY.map((record) => ({ ...record, validationLoss: null, validationAccuracy: null }));
    const unchecked = runPage({ ...view, progress: { ...view.progress, history, bestEpoch: null } });
    expect(unchecked).not.toMatch(/undefined|NaN|validation loss/);
  });

  it('takes a logarithmic scale where losses lie far apart', () => {
    const view = viewOf(TRAINING);
    const history = HISTORY.map((record) => ({ ...record, loss: 0.001 }));
    expect(runPage(view)).toContain('<h2>Loss</h2>');
    expect(runPage({ ...view, progress: { ...view.progress, history } })).toContain('<h2>Loss (log)</h2>');
  });
});
