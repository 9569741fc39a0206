/** What somebody may have meant who wrote a name that there is not. */
import { closestMatch } from 'leven';

/** More names than a line of text has room for. */
const MOST_NAMED = 12;

/** The nearest of the names that there are, and the first `most` of them. */
export function suggestion(wrong: string, names: readonly string[], most = MOST_NAMED): string {
  const nearest = closestMatch(wrong, names);
  if (nearest === undefined) return 'there are none';
  const more = names.length > most ? ` and ${names.length - most} more` : '';
  return `did you mean '${nearest}'? there are: ${names.slice(0, most).join(', ')}${more}`;
}
