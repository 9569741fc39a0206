/** A whole page in one file: style and script are in it, it loads nothing, and it may run nothing else. */
import { createHash } from 'node:crypto';
import { html, Markup } from './html.ts';
import { STYLE } from './style.ts';

/** What a page is made of. */
export interface PageOptions {
  readonly title: string;
  /** What `body` holds. */
  readonly body: Markup;
  /** Seconds after which it is loaded again; null for a page that stays as it is. A checkbox in it with the id `refresh` ends that. */
  readonly refresh: number | null;
}

const ICON =
  "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 24 24'%3E%3Cpath fill='%232f8f63' " +
  "d='M12 2c5 3 8 6 8 11s-3 8-7 8.500V23h-2v-1.500C7 21 4 18 4 13S7 5 12 2z'/%3E%3C/svg%3E";

/** The HTML of a page. */
export function pageOf({ title, body, refresh }: PageOptions): string {
  const script = refresh === null ? null : refreshScript(refresh);
  const policy = [
    "default-src 'none'",
    'img-src data:',
    `style-src '${hashOf(STYLE)}'`,
    ...(script === null ? [] : [`script-src '${hashOf(script)}'`]),
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8" />
<meta name="generator" content="Figleaf" />
<meta http-equiv="Content-Security-Policy" content="${policy}" />
<meta name="viewport" content="width=device-width, initial-scale=1" />
<meta name="color-scheme" content="light dark" />
<meta name="robots" content="noindex" />
<meta name="referrer" content="no-referrer" />
${refresh !== null && html`<noscript><meta http-equiv="refresh" content="${refresh}" /></noscript>`}
<link rel="icon" href="${ICON}" />
<title>${title}</title>
<style>${new Markup(STYLE)}</style>
</head>
<body>
${body}
${script !== null && html`<script>${new Markup(script)}</script>`}
</body>
</html>
`.text;
}

/**
 * Loads the page again as long as the box is ticked; the address remembers that it is not, since pages that are opened as a file may keep
 * nothing else. An element `stale` is shown where the page is older than its `data-after`, in seconds.
 */
function refreshScript(seconds: number): string {
  return `
const box = document.getElementById('refresh');
const stale = document.getElementById('stale');
let timer;
function plan() {
  clearTimeout(timer);
  if (box.checked) timer = setTimeout(() => location.reload(), ${seconds * 1000});
}
box.checked = location.hash !== '#still';
box.closest('label').hidden = false;
box.addEventListener('change', () => {
  history.replaceState(null, '', box.checked ? '#' : '#still');
  plan();
});
stale.hidden = Date.now() - Date.parse(stale.dataset.written) < stale.dataset.after * 1000;
plan();
`;
}

/** As a content security policy names what it lets run. */
function hashOf(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`;
}
