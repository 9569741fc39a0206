/** Policy files: JSON that says where it is wrong. */
import { readFile } from 'node:fs/promises';
import { parse } from '@humanwhocodes/momoa';
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
  try {
    return JSON.parse(json);
  } catch (error) {
    const where = placeOfError(json);
    throw new FigleafError(
      'policy-invalid',
      `the policy '${name}' is not JSON${where}: ${messageOf(error)}`,
      {
        cause: error,
      },
    );
  }
}

/** What `JSON.parse` says of the place differs from engine to engine, and is often nothing. */
function placeOfError(json: string): string {
  try {
    parse(json);
    return '';
  } catch (error) {
    const { line, column } = error as { line: number; column: number };
    return ` (line ${line}, column ${column})`;
  }
}
