/**
 * The state of a view in the query of the page's address: opening the address shows the view, and Back leads to the one
 * before. Each part of a page reads and writes its own names and leaves the others as they are.
 */

/** The query as it is now. */
export function query(): URLSearchParams {
  return new URLSearchParams(location.search);
}

/**
 * Changes the query.
 *
 * @param how `push` makes a step that Back undoes; `replace` is for what changes with every key, such as words of a search
 */
export function changeQuery(change: (query: URLSearchParams) => void, how: 'push' | 'replace'): void {
  const address = new URL(location.href);
  change(address.searchParams);
  if (address.href === location.href) return;
  if (how === 'push') history.pushState(null, '', address);
  else history.replaceState(null, '', address);
}

/** Calls `show` whenever Back or Forward has changed the query. */
export function whenQueryReturns(show: () => void): void {
  addEventListener('popstate', show);
}

/** Sets a name, or takes it out where its value is empty. */
export function setOrDelete(params: URLSearchParams, name: string, value: string): void {
  if (value === '') params.delete(name);
  else params.set(name, value);
}
