/** One platform's runtime package: the part of `onnxruntime-node` that this platform needs, without its install script. */
import { cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Platform, runtimePackage } from './platforms.ts';

const require = createRequire(import.meta.url);

/**
 * ONNX Runtime's licence and third-party notices, word for word. Its npm packages do not have them; these are from its
 * Python wheel of the same version.
 */
export const ONNXRUNTIME_NOTICES = fileURLToPath(new URL('./onnxruntime/', import.meta.url));

/**
 * What a platform's folder may consist of. Files of other names fail the packing: a new release of ONNX Runtime, or CUDA
 * files that an install script fetched, must be looked at first.
 */
const BINARIES: Readonly<Record<Platform['os'], readonly RegExp[]>> = {
  linux: [/^onnxruntime_binding\.node$/, /^libonnxruntime\.so\.1$/],
  // The binding loads `@rpath/libonnxruntime.1.dylib`; the same library under its full version is left out.
  darwin: [/^onnxruntime_binding\.node$/, /^libonnxruntime\.1\.dylib$/],
  // onnxruntime.dll loads the other three by name: DirectML for its provider, the compilers for WebGPU.
  win32: [
    /^onnxruntime_binding\.node$/,
    /^onnxruntime\.dll$/,
    /^DirectML\.dll$/,
    /^dxcompiler\.dll$/,
    /^dxil\.dll$/,
  ],
};

const LEFT_OUT = [
  /^libonnxruntime\.\d+\.\d+\.\d+\.dylib$/,
  /^(lib)?onnxruntime_providers_(cuda|tensorrt|shared)\./,
];

interface OnnxruntimeManifest {
  readonly version: string;
  readonly license: string;
  readonly dependencies: Readonly<Record<string, string>>;
}

/**
 * Lays out the package of a platform in the empty folder `stage`.
 *
 * @param version The version it gets, which is figleaf's.
 */
export async function stageRuntime(platform: Platform, version: string, stage: string): Promise<void> {
  const source = dirname(require.resolve('onnxruntime-node/package.json'));
  const origin = JSON.parse(await readFile(join(source, 'package.json'), 'utf8')) as OnnxruntimeManifest;
  await copyBinaries(platform, source, stage);
  await copyScripts(join(source, 'dist'), join(stage, 'dist'));
  await cp(ONNXRUNTIME_NOTICES, stage, { recursive: true });
  await writeFile(join(stage, 'README.md'), readme(platform, origin.version));
  await writeFile(
    join(stage, 'package.json'),
    `${JSON.stringify(manifest(platform, version, origin), null, 2)}\n`,
  );
}

async function copyBinaries({ os, cpu }: Platform, source: string, stage: string): Promise<void> {
  const folder = join('bin', 'napi-v6', os, cpu);
  await mkdir(join(stage, folder), { recursive: true });
  const names = (await readdir(join(source, folder))).filter(
    (name) => !LEFT_OUT.some((pattern) => pattern.test(name)),
  );
  const unknown = names.filter((name) => !BINARIES[os].some((pattern) => pattern.test(name)));
  const missing = BINARIES[os].filter((pattern) => !names.some((name) => pattern.test(name)));
  if (unknown.length > 0 || missing.length > 0) {
    throw new Error(`onnxruntime-node's ${os}-${cpu}: unknown files [${unknown}], missing [${missing}]`);
  }
  for (const name of names) await cp(join(source, folder, name), join(stage, folder, name));
}

/** The package's scripts and types without their source maps, whose sources are not in the package. */
async function copyScripts(source: string, target: string): Promise<void> {
  await mkdir(target, { recursive: true });
  for (const name of await readdir(source)) {
    if (!/\.(js|d\.ts)$/.test(name)) continue;
    const text = await readFile(join(source, name), 'utf8');
    await writeFile(join(target, name), text.replace(/\n?\/\/# sourceMappingURL=.*\s*$/, '\n'));
  }
}

function manifest(platform: Platform, version: string, origin: OnnxruntimeManifest): Record<string, unknown> {
  const { os, cpu } = platform;
  const common = origin.dependencies['onnxruntime-common'];
  if (!common) throw new Error('onnxruntime-node no longer depends on onnxruntime-common');
  return {
    name: runtimePackage(platform),
    version,
    description: `ONNX Runtime ${origin.version} for Node on ${os} ${cpu}, as Figleaf uses it`,
    license: origin.license,
    os: [os],
    cpu: [cpu],
    // The library is linked against glibc; on musl npm then leaves the package out and Figleaf runs wasm.
    ...(os === 'linux' && { libc: ['glibc'] }),
    main: './dist/index.js',
    types: './dist/index.d.ts',
    files: ['bin', 'dist', 'ThirdPartyNotices.txt'],
    dependencies: { 'onnxruntime-common': common },
  };
}

function readme({ os, cpu }: Platform, version: string): string {
  return [
    `# ONNX Runtime ${version} for Node on ${os} ${cpu}`,
    '',
    "The files of Microsoft's `onnxruntime-node` for one platform, unchanged and without an install script. The package",
    '`figleaf` installs it by itself where it fits. Licence: MIT, see LICENSE and ThirdPartyNotices.txt.',
    '',
  ].join('\n');
}
