/** Packed installs: scripts on and off, without optional dependencies, on every supported Node; and how large they are. */
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { thisPlatform } from '../../tools/pack/platforms.ts';
import { type Answer, checkInstall } from './check.ts';
import { installNode, installProject, type Project } from './project.ts';

const MEGABYTE = 1e6;
const byDefault = thisPlatform() ? 'native' : 'wasm';

describe('a packed install', () => {
  const answers: Record<string, Answer> = {};

  it('works with install scripts off, in at most 190 MB', async () => {
    await using project = await installProject({ scripts: false });
    answers.native = await checkInstall(project, { runtime: byDefault });
    const megabytes = (await project.size()) / MEGABYTE;
    console.log(`installed with the native runtime: ${megabytes.toFixed(1)} MB`);
    expect(megabytes).toBeLessThanOrEqual(190);
  });

  it('works with install scripts on, and nothing is dropped', async () => {
    await using project = await installProject({ scripts: true });
    await checkInstall(project, { runtime: byDefault });
  });

  it('works without optional dependencies, in at most 130 MB', async () => {
    await using project = await installProject({ optional: false });
    expect(await readdir(join(project.folder, 'node_modules', '@img'))).not.toContain(
      `sharp-${process.platform}-${process.arch}`,
    );
    answers.wasm = await checkInstall(project, { runtime: 'wasm' });
    const megabytes = (await project.size()) / MEGABYTE;
    console.log(`installed with --omit=optional: ${megabytes.toFixed(1)} MB`);
    expect(megabytes).toBeLessThanOrEqual(130);
  });

  it('answers the same either way on the PNG, whose decode is exact', () => {
    const { native, wasm } = answers;
    for (const [label, p] of Object.entries(native!.found['b.png']!)) {
      expect(wasm!.found['b.png']![label]).toBeCloseTo(p, 4);
    }
  });
});

describe.each([20, 22, 24, 26])('on Node %i', (major) => {
  let nodes: string;
  let node: string;
  let project: Project;

  beforeAll(async () => {
    nodes = await mkdtemp(join(tmpdir(), 'figleaf-node-'));
    node = await installNode(major, nodes);
    project = await installProject();
  }, 600_000);

  afterAll(async () => {
    await project[Symbol.asyncDispose]();
    await rm(nodes, { recursive: true, force: true, maxRetries: 3 });
  });

  it('is that Node', async () => {
    const { stdout } = await project.node(['--version'], { node });
    expect(stdout).toMatch(new RegExp(`^v${major}\\.`));
  });

  it('works with the native runtime', async () => {
    await checkInstall(project, { runtime: byDefault, node });
  });

  it('works with wasm alone', async () => {
    await using small = await installProject({ optional: false });
    await checkInstall(small, { runtime: 'wasm', node });
  });
});
