/** A text as a JSX attribute that means just this text. */
export function attribute(text: string): string {
  return `{${JSON.stringify(text)}}`;
}
