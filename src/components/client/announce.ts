/** Short texts for those who cannot see that something on the page has changed. */

const ID = 'announcements';
/** A reader of the screen notices a text that was not there a moment ago, also when it is the same as the last one. */
const PAUSE_MS = 50;

/** The place must stand on the page before anything is said in it. */
export function prepareAnnouncements(): void {
  if (document.getElementById(ID)) return;
  const place = document.createElement('p');
  place.id = ID;
  place.className = 'visually-hidden';
  place.setAttribute('role', 'status');
  document.body.append(place);
}

let pending: ReturnType<typeof setTimeout> | undefined;

/** Says a text, after `waitMs` in which nothing else is said: what is typed changes with every key. */
export function announce(text: string, waitMs = PAUSE_MS): void {
  const place = document.getElementById(ID);
  if (!place) return;
  place.textContent = '';
  clearTimeout(pending);
  pending = setTimeout(() => (place.textContent = text), waitMs);
}
