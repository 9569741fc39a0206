/** A report as JSON, piece by piece: of some millions of duplicates it is longer than a string can be. */

/** Entries that are written at a time. */
const AT_ONCE = 1024;

/** What `JSON.stringify(report, null, 2)` says, and a line's end. No field of the report itself is undefined. */
export function* textOf(report: object): Generator<string> {
  let before = '{\n  ';
  for (const [name, value] of Object.entries(report)) {
    yield `${before}${JSON.stringify(name)}: `;
    if (Array.isArray(value) && value.length > 0) yield* listOf(value);
    else yield indented(value, '  ');
    before = ',\n  ';
  }
  yield '\n}\n';
}

function* listOf(entries: readonly unknown[]): Generator<string> {
  let before = '[\n    ';
  for (let at = 0; at < entries.length; at += AT_ONCE) {
    const some = entries.slice(at, at + AT_ONCE).map((entry) => indented(entry, '    '));
    yield before + some.join(',\n    ');
    before = ',\n    ';
  }
  yield '\n  ]';
}

const indented = (value: unknown, indent: string): string =>
  JSON.stringify(value, null, 2).replaceAll('\n', `\n${indent}`);
