/** What a TensorFlow.js `model.json` looks like, as far as importing needs it. */

/** How a weight is stored in fewer bytes: `value = stored * scale + min`, or plainly as half floats. */
export interface TfjsQuantization {
  readonly dtype: string;
  readonly scale?: number;
  readonly min?: number;
}

/** One weight in the manifest. */
export interface TfjsWeight {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly quantization?: TfjsQuantization;
}

/** Weights that lie one after another in one or several files. */
export interface TfjsWeightGroup {
  readonly paths: readonly string[];
  readonly weights: readonly TfjsWeight[];
}

/** The parsed `model.json`: a Keras *layers* model or a *graph* model. */
export interface TfjsModel {
  readonly modelTopology: unknown;
  readonly weightsManifest: readonly TfjsWeightGroup[];
}

/** One layer of a Keras model. */
export interface TfjsLayer {
  readonly class_name: string;
  readonly name: string;
  readonly config: Readonly<Record<string, unknown>>;
  readonly inbound_nodes?: readonly (readonly (readonly [string, number, number, unknown?])[])[];
}

/** One node of a graph model. */
export interface TfjsNode {
  readonly name: string;
  readonly op: string;
  readonly input?: readonly string[];
  readonly attr?: Readonly<Record<string, TfjsAttribute>>;
}

/** An attribute of a graph model's node; strings are base64, whole numbers are strings. */
export interface TfjsAttribute {
  readonly s?: string;
  readonly i?: string | number;
  readonly b?: boolean;
  readonly type?: string;
  readonly shape?: {
    readonly unknownRank?: boolean;
    readonly dim?: readonly { readonly size: string | number }[];
  };
  readonly list?: { readonly s?: readonly string[]; readonly i?: readonly (string | number)[] };
}
