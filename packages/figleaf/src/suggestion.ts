/** What somebody may have meant who wrote a name that there is not. */
import leven from 'leven';

/** More names than a line of text has room for. */
const MOST_NAMED = 12;

/** The nearest of the names that there are, if it is near, and the first `most` of them. */
export function suggestion(wrong: string, names: readonly string[], most = MOST_NAMED): string {
  if (names.length === 0) return 'there are none';
  const nearest = nearestOf(wrong, names);
  const meant = nearest === undefined ? '' : `did you mean '${nearest}'? `;
  const more = names.length > most ? ` and ${names.length - most} more` : '';
  return `${meant}there are: ${names.slice(0, most).join(', ')}${more}`;
}

/** Small and capital letters are alike. What differs by more than half of what was written is no slip of the pen, unless it begins like it. */
function nearestOf(wrong: string, names: readonly string[]): string | undefined {
  const written = wrong.toLowerCase();
  const [nearest] = names
    .map((name) => ({ name, distance: distance(written, name.toLowerCase()) }))
    .filter((near) => near.distance <= written.length / 2)
    .sort((one, other) => one.distance - other.distance);
  return nearest?.name;
}

const distance = (written: string, name: string): number =>
  leven(written, name.startsWith(written) ? name.slice(0, written.length) : name);
