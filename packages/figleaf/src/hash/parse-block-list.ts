/** Reads block lists: text with one hash a line, or JSON. */
import { FigleafError, messageOf } from '../errors.ts';
import { fromHex } from './bits.ts';
import { BlockList, HASH_BYTES, HASH_KINDS, type HashKind } from './block-list.ts';
import { HashTable, joined } from './hash-table.ts';

/**
 * A line of `md5sum`, `sha256sum` and the like: a hash, then two characters, then the name of a file; a backslash before it all where
 * the name has odd characters.
 */
const SUM = /^\\?(\S+) [ *].+$/;

/** More characters without a line's end are no list, which is said before a large file is read to its end. */
const LONGEST_LINE = 10_000;

/**
 * Reads a block list.
 *
 * Text has one hash a line, in hex of either case: 32 digits are an MD5, 64 a SHA-256 or a PDQ hash. `#` begins a comment,
 * and blank lines are passed over. What `md5sum` and `sha256sum` write is read too: a hash and the name of a file, which is passed
 * over. JSON is an array of such hashes, or has an array for each kind:
 * `{ "md5": [...], "sha256": [...], "pdq": [...] }`.
 *
 * 64 digits alone do not tell SHA-256 from PDQ, so they are taken as both. That is safe, since no hash matches the other kind
 * by chance, and no list is read in such a way that it never matches. With `sha256:` or `pdq:` before the digits a hash is
 * of that kind alone; of a list of SHA-256 no picture needs to be decoded then.
 *
 * @param source The whole list, or its text in pieces of any length, such as `createReadStream(path, 'utf8')`. Of text in
 * pieces only the hashes are kept; JSON is read as a whole first.
 * @param name What the list is called in messages, such as its path.
 * @throws {FigleafError} `block-list-invalid`, with the number of the line, or the place in the JSON, and what is wrong with
 * it; `input-unsupported` where `source` gives something else than text. What `source` itself throws is passed on.
 * @example
 * ```ts
 * const list = await parseBlockList(createReadStream('known.txt', 'utf8'), 'known.txt');
 * console.log(list.size, list.kinds);
 * ```
 */
export async function parseBlockList(
  source: string | AsyncIterable<string>,
  name: string,
): Promise<BlockList> {
  const hashes = new Hashes(name);
  let json = false;
  let line = 0;
  let rest = '';
  for await (const piece of typeof source === 'string' ? [source] : source) {
    rest += asText(piece, name);
    json ||= line === 0 && /^\s*[[{]/.test(rest);
    // Blank so far: it may still be JSON.
    if (json || (line === 0 && rest.trim() === '')) continue;
    const lines = rest.split('\n');
    rest = lines.pop()!;
    for (const text of lines) hashes.addLine(text, ++line);
    if (rest.length > LONGEST_LINE) throw hashes.malformed(`line ${line + 1}`, rest);
  }
  if (json) hashes.addJson(rest);
  else for (const text of rest.split('\n')) hashes.addLine(text, ++line);
  return hashes.toBlockList();
}

function asText(piece: unknown, name: string): string {
  if (typeof piece === 'string') return piece;
  throw new FigleafError(
    'input-unsupported',
    `'${name}' comes as bytes, not as text; read it with an encoding, as in createReadStream(path, 'utf8')`,
  );
}

/** The hashes of a list that is being read, and what to say where something in it is none. */
class Hashes {
  readonly #name: string;
  readonly #tables: Readonly<Record<HashKind | 'either', HashTable>> = {
    md5: new HashTable(HASH_BYTES.md5),
    sha256: new HashTable(HASH_BYTES.sha256),
    // SHA-256 or PDQ.
    either: new HashTable(HASH_BYTES.pdq),
    pdq: new HashTable(HASH_BYTES.pdq),
  };
  #size = 0;

  constructor(name: string) {
    this.#name = name;
  }

  addLine(line: string, number: number): void {
    const named = line.trim().replace(SUM, '$1');
    const comment = named.indexOf('#');
    const text = (comment < 0 ? named : named.slice(0, comment)).trim();
    if (text !== '') this.#add(text, HASH_KINDS, `line ${number}`);
  }

  addJson(text: string): void {
    const list = this.#parse(text);
    if (Array.isArray(list)) {
      this.#addArray(list, HASH_KINDS, '');
      return;
    }
    for (const [key, values] of Object.entries(list)) {
      const kinds = HASH_KINDS.filter((kind) => kind === key);
      if (kinds.length === 0)
        throw this.#invalid(`'${key}' is no kind of hash; the keys are ${HASH_KINDS.join(', ')}`);
      if (!Array.isArray(values)) throw this.#invalid(`'${key}' is no array; give an array of hashes in hex`);
      this.#addArray(values, kinds, key);
    }
  }

  toBlockList(): BlockList {
    const { md5, sha256, either, pdq } = this.#tables;
    // What may be either lies where both kinds meet, so that it is there only once.
    const meet = { from: sha256.byteLength, to: sha256.byteLength + either.byteLength };
    const long = joined(sha256, either, pdq);
    const hashes = { md5: joined(md5), sha256: long.subarray(0, meet.to), pdq: long.subarray(meet.from) };
    return new BlockList(hashes, this.#size);
  }

  malformed(place: string, text: string): FigleafError {
    const cut = text.length > 80 ? `${text.slice(0, 80)}...` : text;
    // What else there may be in a file could be a command to the terminal that shows this.
    const shown = cut.replace(/[^ -~]/g, '?');
    return this.#invalid(
      `${place}: '${shown}' is no hash that fits there; give 32 hex digits (MD5) or 64 (SHA-256, PDQ), after md5:, sha256: or pdq: where the kind is to be told`,
    );
  }

  #parse(text: string): object {
    try {
      return JSON.parse(text.trim()) as object;
    } catch (error) {
      throw this.#invalid(`it begins as JSON and is none (${messageOf(error)})`, error);
    }
  }

  #addArray(values: readonly unknown[], kinds: readonly HashKind[], key: string): void {
    for (const [index, value] of values.entries()) {
      const place = `${key}[${index}]`;
      if (typeof value !== 'string') throw this.malformed(place, JSON.stringify(value));
      this.#add(value, kinds, place);
    }
  }

  /** Adds a hash as each of `kinds` that it can be. */
  #add(text: string, kinds: readonly HashKind[], place: string): void {
    const [, prefix, digits] = /^(?:(md5|sha256|pdq):)?([0-9a-f]+)$/i.exec(text) ?? [];
    const fitting = kinds.filter(
      (kind) =>
        digits?.length === HASH_BYTES[kind] * 2 && (prefix === undefined || prefix.toLowerCase() === kind),
    );
    const [kind, other] = fitting;
    if (digits === undefined || kind === undefined) throw this.malformed(place, text);
    this.#tables[other ? 'either' : kind].add(fromHex(digits));
    this.#size++;
  }

  #invalid(what: string, cause?: unknown): FigleafError {
    return new FigleafError('block-list-invalid', `the block list '${this.#name}' cannot be read: ${what}`, {
      cause,
    });
  }
}
