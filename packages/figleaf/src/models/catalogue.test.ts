/** The catalogue: every entry is complete, and what is said of NudeNet's labels is in their order. */
import { describe, expect, it } from 'vitest';
import { messageOf } from '../errors.ts';
import { findModel, findModelTo, listModels } from './catalogue.ts';

describe('the catalogue', () => {
  it.each(listModels().map((entry) => [entry.metadata.id, entry] as const))('knows all of %s', (_, entry) => {
    const { labels, taxonomy, licence, trainingData, sources, preprocessing } = entry.metadata;
    expect(new Set(labels).size).toBe(labels.length);
    expect(Object.keys(taxonomy ?? {}).sort()).toEqual([...labels].sort());
    expect(licence).toBeTruthy();
    expect(trainingData).toBeTruthy();
    expect(sources?.length).toBeGreaterThan(0);
    expect(entry.bundled).toBe(entry.origins.length === 0);
    if (entry.sha256 !== undefined) expect(entry.sha256).toMatch(/^[0-9a-f]{64}$/);
    expect(preprocessing.letterbox !== undefined).toBe(entry.metadata.task === 'detect');
  });

  it('suggests of the models for a task the one that may be meant, and names no others', () => {
    const failing = (find: () => unknown): string => {
      try {
        find();
      } catch (error) {
        return messageOf(error);
      }
      return 'nothing';
    };
    expect(failing(() => findModel('open-nsf'))).toMatch(/no model 'open-nsf'; did you mean 'open-nsfw'\? /);
    const detectors = 'activation-map, nudenet-320n, nudenet-640m, nudenet-v2-default, nudenet-v2-base';
    expect(failing(() => findModelTo('detect', 'smile'))).toBe(
      `there is no model 'smile'; there are: ${detectors}`,
    );
    expect(failing(() => findModelTo('detect', 'open-nsfw'))).toBe(
      `'open-nsfw' is a model to classify, not to detect; to detect there are: ${detectors}`,
    );
    expect(failing(() => findModelTo('classify', 'nudenet'))).not.toMatch(/320n|activation/);
  });

  it('has each model once', () => {
    const ids = listModels().map(({ metadata }) => metadata.id);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it.each(['nudenet-320n', 'nudenet-640m'])('calls what is bare and explicit in %s unsafe', (id) => {
    const { labels, taxonomy } = findModel(id).metadata;
    expect(labels).toHaveLength(18);
    expect([labels[0], labels[6], labels[14], labels[17]]).toEqual([
      'FEMALE_GENITALIA_COVERED',
      'ANUS_EXPOSED',
      'MALE_GENITALIA_EXPOSED',
      'BUTTOCKS_COVERED',
    ]);
    expect(labels.filter((label) => taxonomy?.[label] === 'unsafe')).toEqual([
      'BUTTOCKS_EXPOSED',
      'FEMALE_BREAST_EXPOSED',
      'FEMALE_GENITALIA_EXPOSED',
      'ANUS_EXPOSED',
      'MALE_GENITALIA_EXPOSED',
    ]);
  });

  it('says of every model of NudeNet that its data set was withdrawn, and why', () => {
    const nudenet = listModels().filter(({ metadata }) => metadata.id.startsWith('nudenet'));
    expect(nudenet).toHaveLength(6);
    for (const { metadata } of nudenet)
      expect(metadata.trainingData).toMatch(/withdrawn.*Canadian Centre for Child Protection.*abuse/);
  });
});
