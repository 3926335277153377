/** The document that charts are drawn with at build time. */
import { parseHTML } from 'linkedom';

let document: Document | null = null;

export function serverDocument(): Document {
  document ??= parseHTML('<!doctype html><html><body></body></html>').document;
  return document;
}
