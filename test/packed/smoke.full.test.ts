/** The shortest packed install: what CI runs of it. */
import { expect, it } from 'vitest';
import { thisPlatform } from '../../tools/pack/platforms.ts';
import { checkInstall } from './check.ts';
import { installProject } from './project.ts';

it('installs from its tarballs and judges pictures', async () => {
  await using project = await installProject();
  const { found } = await checkInstall(project, { runtime: thisPlatform() ? 'native' : 'wasm' });
  expect(Object.keys(found)).toHaveLength(4);
});
