/** What Ultralytics writes into the ONNX files it exports: labels and the size it trained at, as Python prints them. */
import type { Size } from '../image/dimensions.ts';

type Properties = Readonly<Record<string, string>>;

/** A key and a quoted value of a Python dictionary; within quotes a backslash guards the character behind it. */
const ENTRY = /(\d+)\s*:\s*(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)")/gs;

/**
 * The labels of a YOLO, from the property `names`: `{0: 'cat', 1: "dog's"}`.
 *
 * @returns null where there is no such property, or its numbers do not run from 0 on.
 */
export function yoloLabels({ names }: Properties): string[] | null {
  const labels: string[] = [];
  for (const [, index, single, double] of names?.matchAll(ENTRY) ?? []) {
    labels[Number(index)] = (single ?? double ?? '').replace(/\\(.)/gs, '$1');
  }
  return labels.length > 0 && labels.length === Object.keys(labels).length ? labels : null;
}

/** The size a YOLO was trained at, from the property `imgsz`: `[height, width]`, or one number for both. */
export function yoloSize({ imgsz }: Properties): Size | null {
  const [height, width = height] = imgsz?.match(/\d+/g)?.map(Number) ?? [];
  return height && width ? { width, height } : null;
}
