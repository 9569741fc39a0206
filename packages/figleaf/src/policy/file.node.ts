/** Policy files: JSON that says where it is wrong. */
import { readFile } from 'node:fs/promises';
import { type DocumentNode, evaluate, parse, type ValueNode } from '@humanwhocodes/momoa';
import { FigleafError, messageOf } from '../errors.ts';
import { checkPolicy } from './check.ts';
import type { Policy } from './policy.ts';

/**
 * Reads a policy file.
 *
 * @throws {FigleafError} `policy-invalid`, saying what is wrong in it and where.
 */
export async function readPolicy(path: string): Promise<Policy> {
  return parsePolicy(await readText(path), path);
}

/**
 * The policy that a JSON text holds.
 *
 * @param name What messages call the text, such as its path.
 * @throws {FigleafError} `policy-invalid`, saying what is wrong in it and where.
 */
export function parsePolicy(text: string, name: string): Policy {
  // Windows' editors begin a file with a byte order mark.
  const json = text.replace(/^\uFEFF/, '');
  return checkPolicy(parseJson(json, name), `the policy '${name}'`);
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    const why = missing ? 'there is no such file' : messageOf(error);
    throw new FigleafError('policy-invalid', `cannot read the policy '${path}': ${why}`, { cause: error });
  }
}

function parseJson(json: string, name: string): unknown {
  const document = parsed(json, name);
  checkKeys(document.body, name);
  return evaluate(document);
}

function parsed(json: string, name: string): DocumentNode {
  try {
    return parse(json);
  } catch (error) {
    const { line, column, offset } = firstWrong(json);
    // A whole word, such as `nul`.
    const wrong = /^\w+|^./u.exec(json.slice(offset))?.[0];
    const what = wrong === undefined ? 'it breaks off there' : `'${wrong}' does not belong there`;
    const why = `the policy '${name}' is not JSON (line ${line}, column ${column}): ${what}`;
    throw new FigleafError('policy-invalid', why, { cause: error });
  }
}

/** Where a text stops being JSON. With a sign after it that JSON does not have, one that breaks off does so at that sign. */
function firstWrong(json: string): {
  readonly line: number;
  readonly column: number;
  readonly offset: number;
} {
  try {
    parse(`${json}?`);
  } catch (error) {
    return error as ReturnType<typeof firstWrong>;
  }
  throw new TypeError('no text that ends with a question mark is JSON');
}

/** Of two rules by one name `JSON.parse` would drop the first, and nobody would know. */
function checkKeys(value: ValueNode, name: string): void {
  if (value.type === 'Array') for (const element of value.elements) checkKeys(element.value, name);
  if (value.type !== 'Object') return;
  const keys = new Set<string>();
  for (const { name: key, value: inner } of value.members) {
    const text = key.type === 'String' ? key.value : key.name;
    // As a key of an object it would be no key.
    const what = text === '__proto__' ? 'is no name of a rule' : keys.has(text) ? 'is there twice' : null;
    if (what) {
      const { line, column } = key.loc.start;
      const where = `line ${line}, column ${column}`;
      throw new FigleafError('policy-invalid', `the policy '${name}' (${where}): '${text}' ${what}`);
    }
    keys.add(text);
    checkKeys(inner, name);
  }
}
