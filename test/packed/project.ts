/** An empty project outside the workspace with Figleaf's tarballs installed, as a stranger would have it. */
import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import sharp from 'sharp';
import { type Ended, npm, npmScript, type RunOptions, run } from '../../tools/pack/npm.ts';
import { runtimePackage, thisPlatform } from '../../tools/pack/platforms.ts';
import { packAll, packedFolder } from '../../tools/pack.ts';

/** How to install. */
export interface InstallOptions {
  /** Run the install scripts of dependencies. Default false. */
  readonly scripts?: boolean;
  /** Install the native runtime of this platform. Default true; false is `--omit=optional`. */
  readonly optional?: boolean;
  /** More packages, such as `vite@8.3.8`. */
  readonly also?: readonly string[];
}

/** An installed project. */
export class Project implements AsyncDisposable {
  readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
  }

  /** Runs a script of the project on a Node, by default the one that runs the tests. */
  node(args: readonly string[], { node = process.execPath, ...options }: NodeOptions = {}): Promise<Ended> {
    return run(node, args, { cwd: this.folder, ...options, env: { ...withNode(node), ...options.env } });
  }

  /** Runs `npx figleaf` on a Node. */
  npx(args: readonly string[], options: NodeOptions = {}): Promise<Ended> {
    return this.node([npmScript(), 'exec', '--no', '--', 'figleaf', ...args], options);
  }

  /** Size of `node_modules` on disk in bytes. */
  size(): Promise<number> {
    return sizeOf(join(this.folder, 'node_modules'));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

type NodeOptions = Partial<RunOptions> & {
  /** Path of the Node to run on. */
  readonly node?: string;
};

/** Lets `#!/usr/bin/env node` find the Node that is meant, and keeps settings of the test run out. */
function withNode(node: string): RunOptions['env'] {
  return {
    PATH: [dirname(node), process.env.PATH ?? ''].join(delimiter),
    NODE_OPTIONS: undefined,
    FIGLEAF_RUNTIME: undefined,
  };
}

/** Bytes that files take on disk, in whole blocks as `du` counts. */
async function sizeOf(folder: string): Promise<number> {
  let bytes = 0;
  for (const entry of await readdir(folder, { withFileTypes: true, recursive: true })) {
    const path = join(entry.parentPath, entry.name);
    const { size, blocks } = await stat(path).catch(() => ({ size: 0, blocks: 0 }));
    // Windows counts no blocks.
    if (!entry.isSymbolicLink()) bytes += blocks ? blocks * 512 : size;
  }
  return bytes;
}

let packed: Promise<ReadonlyMap<string, string>> | undefined;

/** The tarballs of this platform, made once a test file from what is built. */
function tarballs(): Promise<ReadonlyMap<string, string>> {
  const here = thisPlatform();
  packed ??= packAll({ platforms: here ? [here] : [], into: join(packedFolder, 'tested') });
  return packed;
}

/** Installs the tarballs of this platform by one `npm i` in an empty folder. */
export async function installProject(options: InstallOptions = {}): Promise<Project> {
  const { scripts = false, optional = true, also = [] } = options;
  const all = await tarballs();
  const here = thisPlatform();
  const names = ['@figleaf/onnx', 'figleaf', ...(optional && here ? [runtimePackage(here)] : [])];
  const folder = await mkdtemp(join(tmpdir(), 'figleaf-project-'));
  await writeFile(join(folder, 'package.json'), JSON.stringify({ name: 'stranger', private: true }));
  const files = names.map((name) => all.get(name)!);
  const flags = [
    scripts ? '--foreground-scripts' : '--ignore-scripts',
    ...(optional ? [] : ['--omit=optional']),
  ];
  await npm(['install', '--no-audit', '--no-fund', ...flags, ...files, ...also], { cwd: folder });
  return new Project(folder);
}

/** The Nodes of other versions that npm has for this platform, by their major. */
export async function installNode(major: number, folder: string): Promise<string> {
  const name = `node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`;
  await writeFile(join(folder, 'package.json'), JSON.stringify({ name: 'nodes', private: true }));
  await npm(
    ['install', '--no-audit', '--no-fund', '--ignore-scripts', `node-${major}@npm:${name}@${major}`],
    {
      cwd: folder,
    },
  );
  const require = createRequire(join(folder, 'package.json'));
  const home = dirname(require.resolve(`node-${major}/package.json`));
  return join(home, 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
}

/** One drawn picture in the four formats that every install has to read. */
export async function writePictures(folder: string): Promise<readonly string[]> {
  const width = 320;
  const height = 240;
  const data = new Uint8Array(width * height * 3);
  for (let i = 0; i < width * height; i++) {
    const x = i % width;
    const y = Math.floor(i / width);
    data.set([(x * 255) / width, (y * 255) / height, (x ^ y) & 255], i * 3);
  }
  const picture = sharp(data, { raw: { width, height, channels: 3 } });
  const names = ['a.jpg', 'b.png', 'c.webp', 'd.avif'];
  for (const name of names) await picture.clone().toFile(join(folder, name));
  return names;
}
