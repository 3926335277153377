/** What a format's folder provides: a cheap detector and a reader. See CONTRIBUTING.md, "Adding a format". */
import type { ByteSource } from '../platform/bytes.ts';
import type { PlatformServices } from '../platform/services.ts';
import type { Profile } from '../profile/types.ts';

/** One input of a run: a file, or a bundle (an `.apc` directory or archive) whose members belong together. */
export interface RawInput {
  /** As shown to the user: relative to what they named. */
  path: string;
  /** Bytes on disk: of the file, of the archive, or the sum of a directory's members. */
  bytes: number;
  content:
    { kind: 'file'; source: ByteSource } | { kind: 'bundle'; members: ReadonlyMap<string, ByteSource> };
}

/** The first bytes of a file for detection: at least 4 KiB where the file has them. Empty for bundles. */
export interface InputHead {
  path: string;
  bytes: Uint8Array;
  /** The same as text, invalid UTF-8 replaced. */
  text: string;
}

export interface ReadContext {
  services: PlatformServices;
}

/**
 * A reader of one format. `read` either returns a Profile of what could be read (warnings say what could not), or throws
 * an {@link InputError} when nothing can be made of the input.
 */
export interface Reader {
  /** The name in `inputs[].format`. */
  readonly format: string;
  /** True when the content is this format. Must not read beyond the head; bundles are told by their member names. */
  detect(head: InputHead, input: RawInput): boolean;
  read(input: RawInput, context: ReadContext): Promise<Profile>;
}

/** Bad input: one clear sentence that names the file, the byte offset where it makes sense, and what to do. */
export class InputError extends Error {
  override readonly name = 'InputError';
  readonly path: string;
  readonly offset: number | null;

  constructor(path: string, problem: string, options: { offset?: number; fix?: string } = {}) {
    const where = options.offset === undefined ? path : `${path}, byte ${options.offset}`;
    super(`${where}: ${problem}${options.fix ? `. ${options.fix}` : ''}`);
    this.path = path;
    this.offset = options.offset ?? null;
  }
}
