import { UsageError } from '../usage.ts';

/** The value of `--site`: address of a web server, with a path or without. */
export function siteAddress(text: string): string {
  if (!URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol)) {
    throw new UsageError(`--site is an address such as https://example.org, not '${text}'`);
  }
  return text;
}
