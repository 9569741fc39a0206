/** Packed installs: scripts on and off, without optional dependencies, on every supported Node; and how large they are. */
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { thisPlatform } from '../../tools/pack/platforms.ts';
import { checkInstall } from './check.ts';
import { installNode, installProject, type Project } from './project.ts';

const MEGABYTE = 1e6;
const byDefault = thisPlatform() ? 'native' : 'wasm';

let whole: Project;
let small: Project;

beforeAll(async () => {
  whole = await installProject();
  small = await installProject({ optional: false });
}, 600_000);

afterAll(async () => {
  await whole?.[Symbol.asyncDispose]();
  await small?.[Symbol.asyncDispose]();
});

describe('a packed install', () => {
  it('answers the same with the native runtime as without optional dependencies', async () => {
    const native = await checkInstall(whole, { runtime: byDefault });
    const wasm = await checkInstall(small, { runtime: 'wasm' });
    // The PNG's decode is exact, whichever build of the decoder does it.
    for (const [label, p] of Object.entries(native.found['b.png']!)) {
      expect(wasm.found['b.png']![label]).toBeCloseTo(p, 4);
    }
  });

  it('drops nothing when install scripts may run', async () => {
    await using project = await installProject({ scripts: true });
    const modules = (folder: string): Promise<string[]> => readdir(join(folder, 'node_modules', '@figleaf'));
    expect(await modules(project.folder)).toEqual(await modules(whole.folder));
    await checkInstall(project, { runtime: byDefault });
  });

  it('takes at most 190 MB with the native runtime', async () => {
    const megabytes = (await whole.size()) / MEGABYTE;
    console.log(`installed with the native runtime: ${megabytes.toFixed(1)} MB`);
    expect(megabytes).toBeLessThanOrEqual(190);
  });

  it('takes at most 130 MB without optional dependencies, and has no native decoder then', async () => {
    const native = `sharp-${process.platform}-${process.arch}`;
    expect(await readdir(join(small.folder, 'node_modules', '@img'))).not.toContain(native);
    const megabytes = (await small.size()) / MEGABYTE;
    console.log(`installed with --omit=optional: ${megabytes.toFixed(1)} MB`);
    expect(megabytes).toBeLessThanOrEqual(130);
  });
});

describe.each([20, 22, 24, 26])('on Node %i', (major) => {
  let nodes: string;
  let node: string;

  beforeAll(async () => {
    nodes = await mkdtemp(join(tmpdir(), 'figleaf-node-'));
    node = await installNode(major, nodes);
  }, 600_000);

  afterAll(() => rm(nodes, { recursive: true, force: true, maxRetries: 3 }));

  it('is that Node', async () => {
    const { stdout } = await whole.node(['--version'], { node });
    expect(stdout).toMatch(new RegExp(`^v${major}\\.`));
  });

  it('works with the native runtime', async () => {
    await checkInstall(whole, { runtime: byDefault, node });
  });

  it('works with wasm alone', async () => {
    await checkInstall(small, { runtime: 'wasm', node });
  });
});
