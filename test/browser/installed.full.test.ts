/** The very tarballs in a Vite project of their own, with the Vite that npm installs there. */
import { readFile } from 'node:fs/promises';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dataPath, hasData } from '../data.ts';
import { installProject, type Project, writePictures } from '../packed/project.ts';
import { hasChromium, launchChromium } from './chromium.ts';
import { type Mode, Site, TestPage } from './site.ts';

describe.skipIf(!hasChromium)('the tarballs in a Vite project', () => {
  let project: Project;
  let site: Site;
  let browser: Browser;

  beforeAll(async () => {
    project = await installProject({ also: ['vite@8'] });
    site = await Site.installed(project.folder);
    browser = await launchChromium();
  }, 300_000);

  afterAll(async () => {
    await browser?.close();
    await project?.[Symbol.asyncDispose]();
  });

  it.each<Mode>(['dev', 'build'])('work in vite %s', async (mode) => {
    await using served = await site.serve(mode);
    await using test = await TestPage.open(browser, served.url);
    const names = [...(await writePictures(project.folder))];
    for (const name of names) test.files.set(name, () => readFile(`${project.folder}/${name}`));
    if (hasData) {
      names.push('phone.heic');
      test.files.set('phone.heic', () => readFile(dataPath('malformed', 'heif-avif', 'example.heic')));
    }
    for (const name of names) {
      const { result, error } = await test.page.evaluate(
        (url) => window.figleaf.judge(url),
        `/files/${name}`,
      );
      expect(error, name).toBeUndefined();
      expect(Object.keys(result!.classes)).toHaveLength(5);
    }
    expect(test.complaints).toEqual([]);
  });
});
