/** A Vite project without any configuration that imports `figleaf`, served as Vite serves it while developing and when built. */
import { spawn } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { run } from '../../tools/pack/npm.ts';
import { stageFigleaf } from '../../tools/pack/workspace.ts';

const root = resolve(fileURLToPath(new URL('../..', import.meta.url)));
const PAGE = fileURLToPath(new URL('./page/', import.meta.url));

/** How Vite serves a site. */
export type Mode = 'dev' | 'build';

/** A Vite project on disk. */
export class Site implements AsyncDisposable {
  readonly folder: string;
  readonly #vite: string;

  private constructor(folder: string, vite: string) {
    this.folder = folder;
    this.#vite = vite;
  }

  /** A project with the package as it would be published in its `node_modules`, and the workspace's own Vite. */
  static async staged(): Promise<Site> {
    const folder = await mkdtemp(join(tmpdir(), 'figleaf-site-'));
    const figleaf = join(folder, 'node_modules', 'figleaf');
    await mkdir(figleaf, { recursive: true });
    await stageFigleaf(figleaf);
    return Site.#of(folder, root);
  }

  /** A project in which `figleaf` and Vite have been installed already; it stays the caller's. */
  static installed(folder: string): Promise<Site> {
    return Site.#of(folder, folder);
  }

  static async #of(folder: string, vite: string): Promise<Site> {
    await cp(PAGE, folder, { recursive: true });
    return new Site(folder, join(vite, 'node_modules', 'vite', 'bin', 'vite.js'));
  }

  /** Serves the site; for `build` it is built first. */
  async serve(mode: Mode): Promise<Served> {
    if (mode === 'build') {
      const built = await run(process.execPath, [this.#vite, 'build'], { cwd: this.folder });
      if (built.code !== 0) throw new Error(`vite build failed:\n${built.stdout}${built.stderr}`);
      return Served.start(this.#vite, ['preview'], this.folder, built.stdout + built.stderr);
    }
    return Served.start(this.#vite, ['dev'], this.folder, '');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

/** A site that is being served. */
export class Served implements AsyncDisposable {
  readonly url: string;
  /** What `vite build` said. */
  readonly log: string;
  readonly #stop: () => Promise<void>;

  private constructor(url: string, log: string, stop: () => Promise<void>) {
    this.url = url;
    this.log = log;
    this.#stop = stop;
  }

  /** @internal */
  static async start(vite: string, args: readonly string[], cwd: string, log: string): Promise<Served> {
    const port = await freePort();
    const child = spawn(
      process.execPath,
      [vite, ...args, '--host', '127.0.0.1', '--port', String(port), '--strictPort'],
      { cwd, stdio: ['ignore', 'pipe', 'pipe'] },
    );
    const ended = new Promise<void>((done) => child.once('close', () => done()));
    let said = '';
    await new Promise<void>((ready, fail) => {
      const listen = (chunk: Buffer): void => {
        said += chunk.toString();
        if (said.includes(`${port}`)) ready();
      };
      child.stdout.on('data', listen);
      child.stderr.on('data', listen);
      child.once('close', () => fail(new Error(`vite ${args.join(' ')} ended:\n${said}`)));
    });
    return new Served(`http://127.0.0.1:${port}/`, log, async () => {
      child.kill();
      await ended;
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stop();
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const address = server.address();
  await new Promise((closed) => server.close(closed));
  if (typeof address !== 'object' || !address) throw new Error('no port is free');
  return address.port;
}

/** A file for the page: its bytes, or how to get them. */
export type PageFile = Uint8Array | (() => Promise<Uint8Array>);

/** The test page in a browser tab. Files are handed to it under `/files/<name>`. */
export class TestPage implements AsyncDisposable {
  readonly files = new Map<string, PageFile>();
  /** Errors that the page did not catch, and what it logged as one. */
  readonly complaints: string[] = [];
  readonly page: Page;

  private constructor(page: Page) {
    this.page = page;
  }

  static async open(browser: Browser, url: string): Promise<TestPage> {
    const page = await browser.newPage();
    const test = new TestPage(page);
    page.on('pageerror', (error) => test.complaints.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error') test.complaints.push(`${message.text()} ${message.location().url}`);
    });
    await page.route('**/files/*', async (route) => {
      const file = test.files.get(
        decodeURIComponent(new URL(route.request().url()).pathname.split('/').pop()!),
      );
      if (!file) return route.fulfill({ status: 404 });
      return route.fulfill({ body: Buffer.from(typeof file === 'function' ? await file() : file) });
    });
    await page.goto(url);
    await page.waitForFunction(() => 'figleaf' in window);
    return test;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.page.close();
  }
}
