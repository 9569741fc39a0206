/** What somebody may have meant who wrote a name that there is not. */
import { closestMatch } from 'leven';

/** The nearest of the names that there are, and all of them. */
export function suggestion(wrong: string, names: readonly string[]): string {
  const nearest = closestMatch(wrong, names);
  return nearest === undefined
    ? 'there are none'
    : `did you mean '${nearest}'? there are: ${names.join(', ')}`;
}
