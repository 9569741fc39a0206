/** The packages of the workspace as they are published: their built files, and a manifest without what only the workspace needs. */
import { access, cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PLATFORMS, runtimePackage } from './platforms.ts';
import { ONNXRUNTIME_NOTICES } from './runtime.ts';

const root = resolve(fileURLToPath(new URL('../..', import.meta.url)));
const require = createRequire(import.meta.url);

/** The part of a package.json that packing looks at. */
export interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly files: readonly string[];
  readonly [field: string]: unknown;
}

/** What a workspace package has that its users must not get. */
const WORKSPACE_ONLY = ['private', 'devDependencies', 'scripts'];

/** Packages whose code the build puts into `dist/web`; their licences go along. */
const BUNDLED = ['@noble/hashes', 'leven', 'libheif-js', 'onnxruntime-web', 'p-limit', 'yocto-queue', 'zod'];

/** The manifest of the workspace package in `packages/<folder>`. */
export async function readManifest(folder: string): Promise<Manifest> {
  return JSON.parse(await readFile(join(root, 'packages', folder, 'package.json'), 'utf8')) as Manifest;
}

/** Lays out `@figleaf/onnx` in the empty folder `stage`. */
export async function stageOnnx(stage: string): Promise<void> {
  const manifest = await readManifest('onnx');
  await stagePackage('onnx', manifest, stage);
  await writeManifest(stage, published(manifest));
}

/** Lays out `@figleaf/lab` in the empty folder `stage`. */
export async function stageLab(stage: string): Promise<void> {
  const manifest = await readManifest('lab');
  await stagePackage('lab', manifest, stage);
  await writeManifest(stage, published(manifest));
}

/** Lays out `figleaf` in the empty folder `stage`. */
export async function stageFigleaf(stage: string): Promise<void> {
  const manifest = await readManifest('figleaf');
  await stagePackage('figleaf', manifest, stage);
  await copyLicences(stage);
  // The twins that `imports` chooses between are inside the bundles by now, and the sources are not published.
  const { imports: _, ...rest } = published(manifest);
  await writeManifest(stage, {
    ...rest,
    files: [...manifest.files, 'licences'],
    optionalDependencies: Object.fromEntries(
      PLATFORMS.map((platform) => [runtimePackage(platform), manifest.version]),
    ),
  });
}

function published(manifest: Manifest): Manifest {
  return Object.fromEntries(
    Object.entries(manifest).filter(([field]) => !WORKSPACE_ONLY.includes(field)),
  ) as Manifest;
}

async function stagePackage(folder: string, { name, files }: Manifest, stage: string): Promise<void> {
  const source = join(root, 'packages', folder);
  const own = files.filter((file) => file !== 'LICENSE' && file !== 'NOTICE');
  for (const file of own) {
    if (!(await exists(join(source, file))))
      throw new Error(`${name} has no ${file}; run npm run build first`);
    await cp(join(source, file), join(stage, file), {
      recursive: true,
      // `.stamp` says what a build was made from.
      filter: (path) => !path.endsWith('.stamp'),
    });
  }
  for (const file of ['LICENSE', 'NOTICE', 'README.md']) {
    const candidates = [join(source, file), join(root, file)];
    for (const candidate of candidates) {
      if (!(await exists(candidate))) continue;
      await cp(candidate, join(stage, file));
      break;
    }
  }
}

/** The licence texts of everything that the bundles and `wasm/` contain, one file a package. */
async function copyLicences(stage: string): Promise<void> {
  const target = join(stage, 'licences');
  await mkdir(target, { recursive: true });
  for (const name of BUNDLED) {
    const source = folderOf(name);
    const beginning = join(target, name.replace('@', '').replace('/', '-'));
    const files = (await readdir(source)).filter((file) => /^(licen[cs]e|notice|copying)/i.test(file));
    if (name === 'onnxruntime-web') {
      await cp(join(ONNXRUNTIME_NOTICES, 'LICENSE'), `${beginning}.txt`);
      await cp(join(ONNXRUNTIME_NOTICES, 'ThirdPartyNotices.txt'), `${beginning}-notices.txt`);
    } else if (files[0]) {
      await cp(join(source, files[0]), `${beginning}.txt`);
    } else {
      throw new Error(`${name} has no licence file`);
    }
  }
}

/** The folder of an installed package, also where its `exports` hide its package.json. */
function folderOf(name: string): string {
  let folder = dirname(require.resolve(name));
  while (!folder.endsWith(join('node_modules', name))) {
    const parent = dirname(folder);
    if (parent === folder) throw new Error(`cannot find the folder of ${name}`);
    folder = parent;
  }
  return folder;
}

async function writeManifest(stage: string, manifest: Manifest): Promise<void> {
  await writeFile(join(stage, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
