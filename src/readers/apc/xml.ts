/** Streams the elements of an XML text; gator's files carry everything in attributes. */
import { SaxesParser } from 'saxes';

export interface XmlElement {
  name: string;
  attributes: Readonly<Record<string, string>>;
}

export interface XmlHandlers {
  open(element: XmlElement): void;
  close?(name: string): void;
  text?(text: string): void;
}

/** Thrown inside to leave the parser, which would go on after an error. */
const STOP = Symbol('stop');

/**
 * Calls the handlers for every element in order. Returns null when the text is well-formed, else what is wrong with it:
 * what stands before that place has been handed over.
 */
export function streamXml(text: string, handlers: XmlHandlers): string | null {
  const parser = new SaxesParser({});
  let problem: string | null = null;
  parser.on('error', (error) => {
    problem = error.message;
    throw STOP;
  });
  parser.on('opentag', (tag) => handlers.open(tag as XmlElement));
  if (handlers.close) {
    const close = handlers.close.bind(handlers);
    parser.on('closetag', (tag) => close(tag.name));
  }
  if (handlers.text) parser.on('text', handlers.text.bind(handlers));
  try {
    parser.write(text).close();
  } catch (error) {
    if (error !== STOP) throw error;
  }
  return problem;
}

/** A number as gator writes it, decimal or `0x` hex, or null. */
export function xmlNumber(text: string | undefined): number | null {
  if (text === undefined || !/^\s*-?(0x[0-9a-f]+|\d+(\.\d*)?(e[-+]?\d+)?)\s*$/i.test(text)) return null;
  const value = Number(text);
  return Number.isFinite(value) ? value : null;
}
