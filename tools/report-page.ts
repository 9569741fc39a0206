/** The page of the scan's HTML report: its script and style in one file, with a place for the data. */
import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';
import { whenChanged } from './stamp.ts';

/**
 * Builds `report.html` from the sources of the report into the folder `into`.
 *
 * @returns Whether it was out of date.
 */
export async function buildReportPage(sources: string, into: string): Promise<boolean> {
  const from = join(sources, 'page');
  await mkdir(into, { recursive: true });
  return whenChanged(join(into, '.stamp'), [sources, fileURLToPath(import.meta.url)], async () => {
    const [html, { script, style }] = await Promise.all([
      readFile(join(from, 'index.html'), 'utf8'),
      bundle(from),
    ]);
    const parts: Readonly<Record<string, string>> = {
      '%style-hash%': hashOf(style),
      '%script-hash%': hashOf(script),
      '<link rel="stylesheet" href="style.css" />': `<style>${style}</style>`,
      '<script type="module" src="main.ts"></script>': `<script type="module">${script}</script>`,
    };
    const whole = Object.entries(parts).reduce((page, [place, text]) => {
      if (!page.includes(place)) throw new Error(`the report page has no ${place}`);
      return page.replace(place, () => text);
    }, html);
    await writeFile(join(into, 'report.html'), whole);
  });
}

async function bundle(from: string): Promise<{ script: string; style: string }> {
  const built = await build({
    configFile: false,
    root: from,
    logLevel: 'warn',
    build: {
      write: false,
      target: 'es2023',
      modulePreload: false,
      rolldownOptions: { input: { script: join(from, 'main.ts'), style: join(from, 'style.css') } },
    },
  });
  if (Array.isArray(built) || !('output' in built)) throw new Error('the report page is one build');
  const text = (name: string): string => {
    const file = built.output.find(({ fileName }) => fileName.endsWith(name));
    if (!file) throw new Error(`the report page lacks its ${name}`);
    return (file.type === 'chunk' ? file.code : Buffer.from(file.source).toString()).trim();
  };
  const script = text('.js');
  if (/<\/script|<!--/i.test(script)) throw new Error('the script of the report page would end itself');
  return { script, style: text('.css') };
}

/** As a content security policy names what it lets run. */
function hashOf(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`;
}
