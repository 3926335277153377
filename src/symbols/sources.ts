/** Where symbols come from: ELF files, gemview's compact tables, nm listings; each told by its content. */
import type { ByteSource } from '../platform/bytes.ts';
import { InputError, type InputHead, type RawInput } from '../readers/reader.ts';
import { headText, utf8Source } from '../readers/textInput.ts';
import { isCompactTable, readCompactTable } from './compact/read.ts';
import { baseName } from './paths.ts';
import { isElf, readElf } from './elf/index.ts';
import { isListing, readListing } from './listing.ts';
import type { SymbolSource, SymbolTable } from './types.ts';

const READERS: Record<SymbolSource, (path: string, source: ByteSource) => Promise<SymbolTable>> = {
  elf: readElf,
  compact: readCompactTable,
  listing: readListing,
};

/** What kind of symbol source an input is; null when it is none. */
export function detectSymbolSource(head: InputHead): SymbolSource | null {
  if (isElf(head.bytes)) return 'elf';
  const text = headText(head);
  if (isCompactTable(text)) return 'compact';
  return isListing(text) ? 'listing' : null;
}

/**
 * Reads a symbol source. A source that does not name its image is taken to be called like its file
 * (`llama-cli.nm.txt` lists `llama-cli`). Throws InputError when it is no symbol source or nothing can be made of it.
 */
export async function readSymbolSource(input: RawInput): Promise<SymbolTable> {
  if (input.content.kind !== 'file')
    throw new InputError(input.path, 'a folder or archive is no symbol table');
  const { source } = input.content;
  const bytes = new Uint8Array(await source.read(0, HEAD_BYTES));
  const kind = detectSymbolSource({ path: input.path, bytes, text: new TextDecoder().decode(bytes) });
  if (kind === null) {
    throw new InputError(input.path, 'this is no ELF file, no symbol table of gemview and no listing of nm', {
      fix: 'Give gemview the program that ran, or the output of: readelf -lWn FILE; nm -nS FILE',
    });
  }
  const table = await READERS[kind](input.path, kind === 'elf' ? source : await utf8Source(source));
  table.path ??= baseName(input.path).replace(LISTING_ENDING, '');
  return table;
}

const HEAD_BYTES = 64 * 1024;
const LISTING_ENDING = /\.(?:symbols|nm|txt)(?:\.txt)?$/i;
