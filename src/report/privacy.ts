/** What a capture says about people stays out of what is published: home folders, and what run.yaml names. */

/**
 * Home folders on Linux, Android, macOS and Windows, and where a user's disks appear, also below another root (`/nfs/home/ann`, `/mnt/c/Users/ann`):
 * the part that names a person becomes `~`. Paths of an address (`https://host/home/x`) are none. The number of leading
 * folders is bounded, so that no text takes long.
 */
export const HOME_FOLDER = homeFolderPattern();

function homeFolderPattern(): RegExp {
  const part = String.raw`[^/\\\s:;,'"<>()|&]+`;
  // Names of people have blanks in them on macOS and Windows: words in capitals up to where a path or a quotation ends, or
  // one word before the next folder. Other words go on with the sentence.
  const person = String.raw`${part}(?:(?: \p{Lu}[\p{L}\p{N}._-]*){1,3}(?=[/\\"'<>|:;,)]|$)| [\p{L}\p{N}._-]+(?=[/\\]))?`;
  // Not `/api/users/…` of a server's log.
  const root = String.raw`(?!/(?:api|v\d+)/)(?:/${part}){0,12}?`;
  const folders = [
    String.raw`(?:/data)?/data/com\.termux/files/home`,
    // What apps of an Android user keep.
    String.raw`/data/user/\d+/[\w.]+(?:/files/home)?`,
    String.raw`(?:/run)?/media/${part}(?=/)`,
    String.raw`${root}/(?:homes?\d*|users)(?:/users)?/${part}`,
    String.raw`${root}/Users/${person}`,
    '/root',
    String.raw`[A-Za-z]:[\\/]{1,2}[Uu]sers[\\/]{1,2}${person}`,
  ];
  return new RegExp(
    String.raw`(?<![\p{L}\p{N}_.~-]|:\/)(?:${folders.join('|')})(?=[/\\\s:;,'"<>()|&]|$)`,
    'gu',
  );
}

/** What every home folder has in its path, found much sooner than the folder. */
const HOME_MARK = /home|root|sers?[\\/]|media\//;

/** All home folders in a text. */
export function homeFoldersIn(text: string): string[] {
  return HOME_MARK.test(text) ? [...text.matchAll(HOME_FOLDER)].map(([folder]) => folder) : [];
}

const REDACTED = '[redacted]';

/** Name under which run.yaml may allow home folders. */
export const HOME_FOLDERS = 'home-folders';

/** Makes one text fit to be published. */
export type Publish = (text: string) => string;

/**
 * @param redact texts that must never be published, whatever they are part of and in whatever case
 * @param allow names of what may be published
 */
export function publisher(redact: readonly string[], allow: readonly string[]): Publish {
  const longestFirst = [...redact].sort((a, b) => b.length - a.length).map(inAnyCase);
  const keepsHome = allow.includes(HOME_FOLDERS);
  return (text) => {
    const withoutHome = keepsHome || !HOME_MARK.test(text) ? text : text.replaceAll(HOME_FOLDER, '~');
    return longestFirst.reduce((result, secret) => result.replaceAll(secret, REDACTED), withoutHome);
  };
}

/** A pattern of a text as it stands, in capitals or not. */
export function inAnyCase(text: string): RegExp {
  return new RegExp(text.replaceAll(/[\\^$.*+?()[\]{}|/]/g, String.raw`\$&`), 'giu');
}

/** Every text of a JSON value made fit to be published; keys and structure stay. */
export function publishedValue<T>(value: T, publish: Publish): T {
  if (typeof value === 'string') return publish(value) as T;
  if (Array.isArray(value)) return value.map((item) => publishedValue<unknown>(item, publish)) as T;
  if (value !== null && typeof value === 'object') {
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [key, publishedValue<unknown>(item, publish)]),
    ) as T;
  }
  return value;
}
