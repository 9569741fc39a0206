/** The upload servers of `examples/`, each as a process of its own on a free port: verdicts, refusals and their end. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = resolve(fileURLToPath(new URL('..', import.meta.url)));
const picture = (name: string): Promise<Buffer> => readFile(join(root, 'examples', 'pictures', name));

/** Blocks drawings, which the model finds in `cat.png`, but not in `banana.webp`. */
const POLICY = { classes: { drawing: { block: 0.5 } } };

let folder = '';
let policyFile = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'figleaf-uploads-'));
  policyFile = join(folder, 'policy.json');
  await writeFile(policyFile, JSON.stringify(POLICY));
});
afterAll(() => rm(folder, { recursive: true }));

type Send = (url: string, bytes: Uint8Array<ArrayBuffer>) => Promise<Response>;

const asForm: Send = (url, bytes) => {
  const body = new FormData();
  body.set('picture', new File([bytes], 'picture'));
  return fetch(url, { method: 'POST', body });
};

const asBody: Send = (url, bytes) => fetch(url, { method: 'POST', body: bytes });

const emptyForm = (url: string): Promise<Response> => {
  const body = new FormData();
  body.set('text', 'no file');
  return fetch(url, { method: 'POST', body });
};

const emptyBody = (url: string): Promise<Response> => fetch(url, { method: 'POST' });

/** Starts a server and gives the address that it prints. */
async function start(name: string): Promise<{ child: ChildProcess; url: string }> {
  const program = join(root, 'examples', 'programs', 'uploads', `${name}.mjs`);
  const child = spawn(process.execPath, [program], {
    env: { ...process.env, PORT: '0', POLICY: policyFile },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  for await (const line of child.stdout!.setEncoding('utf8')) {
    const address = /listening on (http:\S+)/.exec(line)?.[1];
    if (address) return { child, url: `${address}/pictures` };
  }
  throw new Error(`${name} ended without listening`);
}

describe.each([
  ['fastify', asForm, emptyForm],
  ['express', asForm, emptyForm],
  ['hono', asBody, emptyBody],
])('the server with %s', (name, send, sendNothing) => {
  let child: ChildProcess;
  let url = '';
  beforeAll(async () => {
    ({ child, url } = await start(name));
  }, 60_000);
  afterAll(() => child.kill('SIGKILL'));

  it('lets pass what the policy allows', async () => {
    const answer = await send(url, new Uint8Array(await picture('banana.webp')));
    expect(answer.status).toBe(200);
    expect(await answer.json()).toEqual({ verdict: 'allow', reason: null });
  });

  it('refuses what the policy blocks, with the reason', async () => {
    const answer = await send(url, new Uint8Array(await picture('cat.png')));
    expect(answer.status).toBe(403);
    expect(await answer.json()).toEqual({
      verdict: 'block',
      reason: { rule: 'classes.drawing', score: expect.closeTo(0.6, 1) },
    });
  });

  it('says what is wrong with other uploads', async () => {
    const torn = (await picture('cat.png')).subarray(0, 4000);
    const text = new TextEncoder().encode('no picture');
    const svg = new TextEncoder().encode('<svg xmlns="http://www.w3.org/2000/svg"/>');
    const found = [];
    for (const bytes of [text, svg, new Uint8Array(torn)]) {
      const answer = await send(url, bytes);
      found.push([answer.status, await answer.json()]);
    }
    expect(found).toEqual([
      [415, { error: 'not-an-image' }],
      [415, { error: 'image-svg-refused' }],
      [422, { error: 'image-truncated' }],
    ]);
  });

  it('takes no upload above its limit, and none that is not there', async () => {
    expect((await send(url, new Uint8Array(11 * 2 ** 20))).status).toBe(413);
    expect((await sendNothing(url)).status).toBe(400);
  });

  it.skipIf(process.platform === 'win32')('answers what it began before it ends', async () => {
    const cat = new Uint8Array(await picture('cat.png'));
    const answers = [cat, cat, cat].map((bytes) => send(url, bytes));
    await Promise.race(answers);
    child.kill('SIGTERM');
    expect((await Promise.all(answers)).map(({ status }) => status)).toEqual([403, 403, 403]);
    const [code] = child.exitCode === null ? await once(child, 'exit') : [child.exitCode];
    expect(code).toBe(0);
  });
});
