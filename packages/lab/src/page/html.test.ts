/** Whatever is put into markup stays text. */
import { expect, it } from 'vitest';
import { html } from './html.ts';

it('escapes what is put in, and not what is markup', () => {
  const name = `<b title="x" id='y'>&`;
  expect(html`<p title="${name}">${html`<i>${name}</i>`}</p>`.text).toBe(
    '<p title="&lt;b title=&quot;x&quot; id=&#39;y&#39;&gt;&amp;"><i>&lt;b title=&quot;x&quot; id=&#39;y&#39;&gt;&amp;</i></p>',
  );
});

it('takes lists and numbers, and nothing for nothing', () => {
  expect(html`${[html`<i></i>`, 'a', 0]}${null}${false}${''}`.text).toBe('<i></i>a0');
});

it('shows characters that would steer the reading as what they are', () => {
  expect(html`${'a\u202eb\u0000c\ud800d'}`.text).toBe('a\ufffdb\ufffdc\ufffdd');
});
