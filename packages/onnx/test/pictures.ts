/** Which real pictures the parity tests are made with. */
import { readdirSync } from 'node:fs';
import { dataPath } from '../../../test/data.ts';

function pictures(...folder: string[]): string[] {
  return readdirSync(dataPath(...folder))
    .filter((name) => /\.(jpe?g|png)$/i.test(name) && name !== 'truncated.jpg')
    .sort()
    .map((name) => dataPath(...folder, name));
}

/** More than 30 photos: people, animals, clothes, hands. */
export function parityPictures(): string[] {
  return [
    ...pictures('people', 'dlib-faces'),
    ...pictures('people', 'skimage'),
    ...pictures('clothing-small', 'test', 'dress').slice(0, 12),
    ...pictures('clothing-small', 'test', 'shoes').slice(0, 4),
    ...pictures('sign-digits', 'Dataset', '5').slice(0, 6),
  ];
}
