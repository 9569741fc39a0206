/** What pictures' classes are called in the result. */
import { FigleafError } from 'figleaf';
import { isFolderName } from '../data-set/folder-name.ts';
import { type LabelMap, readLabelMap, targetsOf } from '../data-set/label-map.ts';
import type { Listed } from './listing.ts';
import type { PrepareSource } from './options.ts';

/** A picture that is wanted, and its class in the result. */
export interface Wanted extends Listed {
  readonly target: string;
}

/** The maps of all sources, by their paths. */
export class LabelMaps {
  readonly #maps: ReadonlyMap<string, LabelMap>;
  readonly #paths: readonly (string | undefined)[];

  private constructor(maps: ReadonlyMap<string, LabelMap>, paths: readonly (string | undefined)[]) {
    this.#maps = maps;
    this.#paths = paths;
  }

  /** @throws {FigleafError} `input-not-found`, `input-unreadable`, `label-map-invalid`. */
  static async read(sources: readonly PrepareSource[], common: string | undefined): Promise<LabelMaps> {
    const paths = sources.map(({ map }) => map ?? common);
    const maps = new Map<string, LabelMap>();
    for (const path of paths)
      if (path !== undefined && !maps.has(path)) maps.set(path, await readLabelMap(path));
    return new LabelMaps(maps, paths);
  }

  /**
   * The pictures that are not left out, with their classes in the result.
   *
   * @param listed The pictures of each source.
   * @throws {FigleafError} `label-unknown` with all classes that the maps lack; `data-set-invalid` with all that no folder can be called.
   */
  apply(listed: readonly (readonly Listed[])[]): Wanted[][] {
    const classes = listed.map((pictures) => [...new Set(pictures.map(({ className }) => className))].sort());
    const targets = this.#targets(classes);
    checkFolderNames(new Set(targets.flatMap((map) => [...map.values()])));
    return listed.map((pictures, source) =>
      pictures.flatMap((picture): Wanted[] => {
        const target = targets[source]!.get(picture.className)!;
        return target === null ? [] : [{ ...picture, target }];
      }),
    );
  }

  #targets(classes: readonly (readonly string[])[]): ReadonlyMap<string, string | null>[] {
    const faults = [...this.#maps].flatMap(([path, map]): string[] => {
      const asked = classes.filter((_, source) => this.#paths[source] === path).flat();
      try {
        targetsOf(map, asked, path);
        return [];
      } catch (error) {
        return [(error as FigleafError).message];
      }
    });
    if (faults.length > 0) throw new FigleafError('label-unknown', faults.join('; '));
    return classes.map((names, source) => {
      const map = this.#maps.get(this.#paths[source] ?? '');
      return new Map(names.map((name) => [name, map ? map.get(name)! : name]));
    });
  }
}

function checkFolderNames(names: Iterable<string | null>): void {
  const wrong = [...names].filter((name) => name !== null && !isFolderName(name));
  if (wrong.length === 0) return;
  throw new FigleafError(
    'data-set-invalid',
    `no folder can be called ${wrong.map((name) => `'${name}'`).join(', ')}, as a class is: give each another name by a label map (--map)`,
  );
}
