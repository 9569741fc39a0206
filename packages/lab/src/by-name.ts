/** The order of pictures, files and classes by their names, the same in every language. */

/** Compares for sorting. */
export const byName = (a: { readonly name: string }, b: { readonly name: string }): number =>
  a.name < b.name ? -1 : a.name > b.name ? 1 : 0;
