/** Operations in words, for people. */
import type { Operation, Whole } from './operation.ts';

/** Such as `rotate 20 %: degrees -20 to 20`. */
export function wordsOf(operation: Whole): string {
  const chance = `${operation.type} ${Number((operation.probability * 100).toFixed(1))} %`;
  const numbers = numbersOf(operation);
  return numbers === '' ? chance : `${chance}: ${numbers}`;
}

/** The numbers alone, such as `degrees -20 to 20`. */
export function numbersOf({ type: _, probability: __, ...fields }: Whole<Operation>): string {
  return Object.entries(fields)
    .map(([name, value]) => `${name} ${Array.isArray(value) ? value.join(' to ') : String(value)}`)
    .join(', ');
}
