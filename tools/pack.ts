/** `npm run pack`: every package as a tarball in `packed/`, as it would be published. `-- --here`: this platform's only. */
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { npm } from './pack/npm.ts';
import { PLATFORMS, type Platform, runtimePackage, thisPlatform } from './pack/platforms.ts';
import { stageRuntime } from './pack/runtime.ts';
import { readManifest, stageFigleaf, stageLab, stageOnnx } from './pack/workspace.ts';

/** Where the tarballs go. */
export const packedFolder = resolve(fileURLToPath(new URL('../packed', import.meta.url)));

/** What to pack. */
export interface PackOptions {
  /** The platforms whose runtime packages are made. Default: all. */
  readonly platforms?: readonly Platform[];
  /** Where the tarballs go. Default: {@link packedFolder}. */
  readonly into?: string;
}

/**
 * Makes the tarballs from what is built.
 *
 * @returns Path of each, by package name.
 */
export async function packAll({
  platforms = PLATFORMS,
  into = packedFolder,
}: PackOptions = {}): Promise<ReadonlyMap<string, string>> {
  const { version } = await readManifest('figleaf');
  await mkdir(into, { recursive: true });
  for (const old of await readdir(into)) if (old.endsWith('.tgz')) await rm(join(into, old));
  const tarballs = new Map<string, string>();
  const pack = async (name: string, stage: (folder: string) => Promise<void>): Promise<void> => {
    tarballs.set(name, await packStaged(stage, into));
  };
  await pack('@figleaf/onnx', stageOnnx);
  await pack('figleaf', stageFigleaf);
  await pack('@figleaf/lab', stageLab);
  for (const platform of platforms) {
    await pack(runtimePackage(platform), (folder) => stageRuntime(platform, version, folder));
  }
  return tarballs;
}

/** Packs one package from a folder of its own, so that nothing of the workspace slips in. */
async function packStaged(stage: (folder: string) => Promise<void>, into: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'figleaf-pack-'));
  try {
    await stage(folder);
    const { stdout } = await npm(['pack', '--json', '--ignore-scripts', '--pack-destination', into], {
      cwd: folder,
    });
    const [{ filename }] = Object.values(JSON.parse(stdout) as Record<string, { filename: string }>) as [
      { filename: string },
    ];
    return join(into, filename);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const here = thisPlatform();
  const platforms = process.argv.includes('--here') ? (here ? [here] : []) : PLATFORMS;
  for (const [name, path] of await packAll({ platforms })) console.log(`${name}  ${path}`);
}
