/** Which of the boxes of a record its verdict rests on. */
import type { ScanRecord } from './schema.ts';

/** A box of a record. */
export type RecordedDetection = NonNullable<ScanRecord['detections']>[number];

/** The box that a rule about boxes decided by; undefined where another rule did. */
export function decidingPart({ reason, detections = [] }: ScanRecord): RecordedDetection | undefined {
  return detections.find(
    ({ label, category, score }) =>
      score === reason?.score && (reason.rule === `boxes.${category}` || reason.rule === `labels.${label}`),
  );
}
