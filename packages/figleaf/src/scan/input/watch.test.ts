/** A folder that fills: slow writers, new folders, files renamed into place or written again, and its end. */
import { appendFile, mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { FoundFile } from './files.node.ts';
import { watchFolder } from './watch.node.ts';

const PNG = Uint8Array.from([137, 80, 78, 71, 13, 10, 26, 10, 0, 0, 0, 13, 73, 72, 68, 82]);

interface Watching extends AsyncDisposable {
  readonly root: string;
  readonly inbox: string;
  readonly watched: AsyncGenerator<FoundFile, void, undefined>;
  readonly skipped: string[];
  readonly controller: AbortController;
  next(): Promise<string | undefined>;
}

/** A folder with one picture in it, which was passed on already. */
async function startWatching(): Promise<Watching> {
  const root = await mkdtemp(join(tmpdir(), 'figleaf-watch-'));
  const inbox = join(root, 'inbox');
  await mkdir(join(inbox, 'sorted'), { recursive: true });
  await writeFile(join(inbox, 'first.png'), PNG);
  const controller = new AbortController();
  const skipped: string[] = [];
  const watched = watchFolder(inbox, {
    signal: controller.signal,
    except: [join(inbox, 'sorted')],
    onSkip: (name) => skipped.push(name),
  });
  const next = async (): Promise<string | undefined> => {
    const { value } = await watched.next();
    return value?.name;
  };
  expect(await next()).toBe(join(inbox, 'first.png'));
  return {
    ...{ root, inbox, watched, skipped, controller, next },
    async [Symbol.asyncDispose]() {
      controller.abort();
      await watched.return();
      await rm(root, { recursive: true, force: true });
    },
  };
}

describe.concurrent('watchFolder', { timeout: 20_000 }, () => {
  it('passes on what arrives, also in new folders, and what is no picture to onSkip', async () => {
    await using watching = await startWatching();
    const { inbox, skipped, next } = watching;
    await mkdir(join(inbox, 'new', 'inner'), { recursive: true });
    await writeFile(join(inbox, 'new', 'inner', 'a.png'), PNG);
    expect(await next()).toBe(join(inbox, 'new', 'inner', 'a.png'));
    await writeFile(join(inbox, 'notes.txt'), 'no picture');
    await writeFile(join(inbox, 'new', 'inner', 'b.png'), PNG);
    expect(await next()).toBe(join(inbox, 'new', 'inner', 'b.png'));
    expect(skipped).toEqual([join(inbox, 'notes.txt')]);
  });

  it('waits for a file that is written slowly', async () => {
    await using watching = await startWatching();
    const { inbox, next } = watching;
    const path = join(inbox, 'slow.png');
    await writeFile(path, '');
    let whole = false;
    const coming = next();
    const seen = coming.then(() => whole);
    for (let piece = 0; piece < 5; piece++) {
      await appendFile(path, PNG);
      await setTimeout(400);
    }
    whole = true;
    expect(await coming).toBe(path);
    expect(await seen).toBe(true);
  });

  it('passes on a file that is renamed into place, and one that is written again', async () => {
    await using watching = await startWatching();
    const { root, inbox, next } = watching;
    await writeFile(join(root, 'beside.png'), PNG);
    await rename(join(root, 'beside.png'), join(inbox, 'moved.png'));
    expect(await next()).toBe(join(inbox, 'moved.png'));
    await appendFile(join(inbox, 'first.png'), PNG);
    expect(await next()).toBe(join(inbox, 'first.png'));
  });

  it('passes nothing on twice, and nothing from excepted folders or that was taken away again', async () => {
    await using watching = await startWatching();
    const { inbox, next } = watching;
    const coming = next();
    await writeFile(join(inbox, 'brief.png'), PNG);
    await writeFile(join(inbox, 'sorted', 'a.png'), PNG);
    await setTimeout(500);
    await rm(join(inbox, 'brief.png'));
    await setTimeout(1500);
    await writeFile(join(inbox, 'last.png'), PNG);
    expect(await coming).toBe(join(inbox, 'last.png'));
  });

  it('follows a folder that is taken away and made again', async () => {
    await using watching = await startWatching();
    const { inbox, next } = watching;
    const inner = join(inbox, 'inner');
    for (const name of ['a.png', 'b.png']) {
      const coming = next();
      await mkdir(inner);
      await writeFile(join(inner, name), PNG);
      expect(await coming).toBe(join(inner, name));
      await rm(inner, { recursive: true });
    }
  });

  it('follows the folder itself when it is made anew', async () => {
    await using watching = await startWatching();
    const { inbox, next } = watching;
    await rm(inbox, { recursive: true });
    await mkdir(inbox);
    await writeFile(join(inbox, 'a.png'), PNG);
    expect(await next()).toBe(join(inbox, 'a.png'));
    await writeFile(join(inbox, 'b.png'), PNG);
    expect(await next()).toBe(join(inbox, 'b.png'));
  });

  it('says that the folder has gone, and ends', async () => {
    await using watching = await startWatching();
    const { inbox, watched } = watching;
    const coming = watched.next();
    await setTimeout(300);
    await rm(inbox, { recursive: true });
    expect(await coming).toMatchObject({ value: { name: inbox, problem: { code: 'input-not-found' } } });
    expect(await watched.next()).toMatchObject({ done: true });
  });

  it('ends at once when it is aborted', async () => {
    await using watching = await startWatching();
    const { watched, controller } = watching;
    const coming = watched.next();
    await setTimeout(300);
    const start = performance.now();
    controller.abort();
    expect(await coming).toMatchObject({ done: true });
    expect(performance.now() - start).toBeLessThan(200);
  });
});
