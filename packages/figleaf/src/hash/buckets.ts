/** Entries sorted into buckets by a key of 16 bits, in two arrays instead of 65,536. */

const KEYS = 2 ** 16;

/** For each key the entries that have it. */
export interface Buckets {
  /** `[65537]`: where each key's entries begin in `entries`; they end where those of the next begin. */
  readonly starts: Uint32Array;
  /** Numbers of entries, in ascending order within a bucket. */
  readonly entries: Uint32Array;
}

/** Sorts entries by counting: the time is that of two passes over their keys. */
export function toBuckets(keys: Uint16Array): Buckets {
  const starts = new Uint32Array(KEYS + 1);
  for (const key of keys) starts[key + 1]! += 1;
  for (let key = 0; key < KEYS; key++) starts[key + 1]! += starts[key]!;
  const next = starts.slice();
  const entries = new Uint32Array(keys.length);
  for (let entry = 0; entry < keys.length; entry++) {
    const key = keys[entry]!;
    entries[next[key]!] = entry;
    next[key]! += 1;
  }
  return { starts, entries };
}
