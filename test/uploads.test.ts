/** The upload servers of `examples/`, each as a process of its own on a free port: verdicts, refusals and their end. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Moderator } from 'figleaf';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { answerTo } from '../examples/programs/uploads/moderation.mjs';

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

/** Forms that are none, end too early, or hold more than one file. */
const BAD_FORMS: readonly (readonly [type: string, body: string])[] = [
  ['multipart/form-data', 'abc'],
  ['multipart/form-data; boundary=x', 'abc'],
  ['multipart/form-data; boundary=x', `--x\r\n${partOf('a')}abc`],
  ['multipart/form-data; boundary=x', '--x\r\nno header\r\n\r\nabc\r\n--x--\r\n'],
  ['multipart/form-data; boundary=x', `--x\r\n${partOf('a')}abc\r\n--x\r\n${partOf('b')}abc\r\n--x--\r\n`],
];

function partOf(file: string): string {
  return `Content-Disposition: form-data; name="picture"; filename="${file}"\r\nContent-Type: image/png\r\n\r\n`;
}

/** What a server says of a form that cannot be read. Some pass over a part without a header, and then there is no file. */
const FORM_REFUSED = [400, { error: expect.stringMatching(/^(form-invalid|no-file)$/) }];
/** One that takes the body as it is finds no picture in it. */
const BODY_REFUSED = [415, { error: 'not-an-image' }];

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
  ['fastify', asForm, emptyForm, FORM_REFUSED],
  ['express', asForm, emptyForm, FORM_REFUSED],
  ['hono', asBody, emptyBody, BODY_REFUSED],
])('the server with %s', (name, send, sendNothing, refused) => {
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
    const answers = [await send(url, new Uint8Array(11 * 2 ** 20)), await sendNothing(url)];
    expect(await Promise.all(answers.map(async (each) => [each.status, await each.json()]))).toEqual([
      [413, { error: 'input-too-large' }],
      [400, { error: expect.stringMatching(/^(no-file|input-empty)$/) }],
    ]);
  });

  it.each(BAD_FORMS)('blames the sender of a form that cannot be read: %s %j', async (type, body) => {
    const answer = await fetch(url, { method: 'POST', headers: { 'Content-Type': type }, body });
    expect([answer.status, await answer.json()]).toEqual(refused);
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

describe('an answer', () => {
  it('tells strangers nothing of what the server is to blame for, and whoever runs it all', async () => {
    const failure = new Error('cannot read /srv/secret');
    const told = vi.spyOn(console, 'error').mockImplementation(() => undefined);
    const broken = { moderate: () => Promise.reject(failure) } as unknown as Moderator;
    expect(await answerTo(broken, 'a.png')).toEqual({ status: 500, body: { error: 'server-error' } });
    expect(told).toHaveBeenCalledExactlyOnceWith(failure);
    told.mockRestore();
  });
});
