/** What is in the tarballs: nothing that does not belong there, and manifests that publint and attw find nothing wrong with. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { npm, run } from '../../tools/pack/npm.ts';
import { PLATFORMS, runtimePackage } from '../../tools/pack/platforms.ts';
import { packAll } from '../../tools/pack.ts';
import { installProject, type Project } from './project.ts';

const require = createRequire(import.meta.url);
const root = resolve(fileURLToPath(new URL('../..', import.meta.url)));

let into: string;
let tarballs: ReadonlyMap<string, string>;
let project: Project;

interface Listed {
  readonly files: readonly { readonly path: string; readonly size: number }[];
  readonly unpackedSize: number;
}

/** All that the workspace's packages may consist of: no sources, tests or source maps, and nothing left lying about. */
const OWN = [
  /^dist\/((node|web|grad|nn)\/)?[\w.-]+\.(js|d\.ts)$/,
  /^dist\/page\/report\.html$/,
  /^models\/([\w-]+\.onnx|LICENSE-[\w-]+)$/,
  /^wasm\/ort[\w.-]+\.(wasm|mjs)$/,
  /^licences\/[\w-]+\.txt$/,
  /^policy\.schema\.json$/,
  /^(LICENSE|NOTICE|README\.md|package\.json)$/,
];

const listed = new Map<string, Promise<Listed>>();

/** What npm says is in a tarball. */
function list(name: string): Promise<Listed> {
  const found = listed.get(name) ?? listNow(name);
  listed.set(name, found);
  return found;
}

async function listNow(name: string): Promise<Listed> {
  const { stdout } = await npm(['pack', '--dry-run', '--json', tarballs.get(name)!], { cwd: into });
  return Object.values(JSON.parse(stdout) as Record<string, Listed>)[0]!;
}

async function paths(name: string): Promise<string[]> {
  return (await list(name)).files.map(({ path }) => path).sort();
}

async function manifestOf(folder: string, name: string): Promise<Record<string, unknown>> {
  return JSON.parse(await readFile(join(folder, 'node_modules', name, 'package.json'), 'utf8')) as Record<
    string,
    unknown
  >;
}

beforeAll(async () => {
  into = await mkdtemp(join(tmpdir(), 'figleaf-contents-'));
  tarballs = await packAll({ into });
  project = await installProject({ also: ['@types/node@20'] });
}, 600_000);

afterAll(async () => {
  await project?.[Symbol.asyncDispose]();
  await rm(into, { recursive: true, force: true });
});

describe('the tarballs', () => {
  it('are one for each package and platform', () => {
    expect([...tarballs.keys()]).toEqual([
      '@figleaf/onnx',
      'figleaf',
      '@figleaf/lab',
      ...PLATFORMS.map(runtimePackage),
    ]);
  });

  it.each(['@figleaf/onnx', 'figleaf', '@figleaf/lab'])(
    '%s has what users need and nothing else',
    async (name) => {
      const files = await paths(name);
      const strange = files.filter((path) => !OWN.some((pattern) => pattern.test(path)));
      expect(strange).toEqual([]);
      expect(files).toEqual(expect.arrayContaining(['LICENSE', 'NOTICE', 'README.md', 'package.json']));
    },
  );

  it('figleaf has both builds, four models and the wasm runtime', async () => {
    expect(await paths('figleaf')).toEqual(
      expect.arrayContaining([
        'dist/node/bin.js',
        'dist/node/codec-worker.js',
        'dist/node/index.d.ts',
        'dist/node/index.js',
        'dist/node/picture-worker.js',
        'dist/page/report.html',
        'dist/web/codec-worker.js',
        'dist/web/index.js',
        'dist/web/picture-worker.js',
        'models/activation-map.onnx',
        'models/inception_v3.onnx',
        'models/mobilenet_v2.onnx',
        'models/mobilenet_v2_mid.onnx',
        'policy.schema.json',
        'wasm/ort-wasm-simd-threaded.wasm',
        'wasm/ort.wasm.bundle.min.mjs',
      ]),
    );
  });

  it.each(PLATFORMS.map((platform) => [runtimePackage(platform), platform] as const))(
    '%s has that platform alone, with its notices',
    async (name, { os, cpu }) => {
      const files = await paths(name);
      const binaries = files.filter((path) => path.startsWith('bin/'));
      expect(binaries.every((path) => path.startsWith(`bin/napi-v6/${os}/${cpu}/`))).toBe(true);
      expect(binaries).toContain(`bin/napi-v6/${os}/${cpu}/onnxruntime_binding.node`);
      expect(binaries.filter((path) => /cuda|tensorrt/i.test(path))).toEqual([]);
      expect(files).toEqual(expect.arrayContaining(['LICENSE', 'ThirdPartyNotices.txt', 'dist/index.js']));
      expect((await list(name)).unpackedSize).toBeLessThan(80e6);
    },
  );

  it('say what they need', async () => {
    const figleaf = await manifestOf(project.folder, 'figleaf');
    expect(figleaf).not.toHaveProperty('imports');
    expect(figleaf).not.toHaveProperty('devDependencies');
    expect(figleaf).not.toHaveProperty('scripts');
    expect(figleaf.optionalDependencies).toEqual(
      Object.fromEntries(PLATFORMS.map((platform) => [runtimePackage(platform), figleaf.version])),
    );
    const here = await manifestOf(project.folder, runtimePackage({ os: 'linux', cpu: 'x64' })).catch(
      () => null,
    );
    if (here) {
      expect(here).toMatchObject({ os: ['linux'], cpu: ['x64'], libc: ['glibc'] });
      expect(Object.keys(here.dependencies as object)).toEqual(['onnxruntime-common']);
      expect(here).not.toHaveProperty('scripts');
    }
  });
});

describe.each(['@figleaf/onnx', 'figleaf', '@figleaf/lab'])('the manifest of %s', (name) => {
  it('is fine with publint', async () => {
    const tarball = await readFile(tarballs.get(name)!);
    const bytes = tarball.buffer.slice(
      tarball.byteOffset,
      tarball.byteOffset + tarball.byteLength,
    ) as ArrayBuffer;
    const { messages, pkg } = await publint({ pack: { tarball: bytes } });
    expect(messages.map((message) => formatMessage(message, pkg))).toEqual([]);
  });

  it('is fine with attw', async () => {
    const cli = join(dirname(require.resolve('@arethetypeswrong/cli/package.json')), 'dist', 'index.js');
    // The packages are ESM only: `require` reaches them in Node >= 20.19, which attw's other profiles do not know.
    const ended = await run(process.execPath, [cli, '--profile', 'esm-only', tarballs.get(name)!], {
      cwd: into,
    });
    expect(ended, ended.stdout + ended.stderr).toMatchObject({ code: 0 });
  });
});

describe('the types of figleaf', () => {
  const PROGRAM = `import { loadClassifier, type Classification } from 'figleaf';
export async function unsafe(picture: Uint8Array): Promise<number | undefined> {
  await using classifier = await loadClassifier({ profile: 'fast' });
  const found: Classification = await classifier.classify(picture);
  return found.scores?.unsafe;
}
`;
  const TYPESCRIPT = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const COMMON = { target: 'ES2022', strict: true, noEmit: true, skipLibCheck: false };

  it.each([
    ['Node without DOM types', { module: 'NodeNext', lib: ['ES2023', 'ESNext.Disposable'], types: ['node'] }],
    [
      'a bundler without Node types',
      {
        module: 'ESNext',
        moduleResolution: 'Bundler',
        lib: ['ES2023', 'DOM', 'ESNext.Disposable'],
        types: [],
      },
    ],
  ])('serve %s', async (_, settings) => {
    await writeFile(join(project.folder, 'program.mts'), PROGRAM);
    await writeFile(
      join(project.folder, 'tsconfig.json'),
      JSON.stringify({ compilerOptions: { ...COMMON, ...settings }, files: ['program.mts'] }),
    );
    const ended = await run(process.execPath, [TYPESCRIPT, '-p', '.'], { cwd: project.folder });
    expect(ended, ended.stdout).toMatchObject({ code: 0 });
  });
});
