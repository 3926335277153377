/** Two text files of the kernel that a capture carries as they are: tracepoint formats and process maps. */
import type { Mapping } from '../../profile/types.ts';

/** A tracepoint: the layout of the raw data its samples carry. */
export interface TracepointFormat {
  id: number;
  name: string;
  /** Byte offset of each field in the raw data. */
  offsets: ReadonlyMap<string, number>;
}

/**
 * Parses tracefs' `events/<system>/<name>/format`:
 *
 *     name: sched_switch
 *     ID: 250
 *     format:
 *     	field:pid_t prev_pid;	offset:24;	size:4;	signed:1;
 *
 * Null when it names no id.
 */
export function parseTracepointFormat(text: string): TracepointFormat | null {
  const id = /^ID:\s*(\d+)/m.exec(text);
  if (!id) return null;
  const offsets = new Map<string, number>();
  for (const field of text.matchAll(/^\s*field:[^;]*?(\w+)(?:\[[^\]]*\])?;\s*offset:(\d+);/gm)) {
    offsets.set(field[1], Number(field[2]));
  }
  return { id: Number(id[1]), name: /^name:\s*(\S+)/m.exec(text)?.[1] ?? '', offsets };
}

/**
 * The executable mappings of a /proc/<pid>/maps text:
 *
 *     00400000-00a25000 r-xp 00000000 fe:00 17539      /root/bin/llama-cli
 */
export function parseProcessMaps(text: string): Mapping[] {
  const mappings: Mapping[] = [];
  for (const line of text.matchAll(
    /^([0-9a-f]{1,16})-([0-9a-f]{1,16}) ..x. ([0-9a-f]{1,16}) \S+ \d+[ \t]*(.*)$/gm,
  )) {
    const [, start, end, offset, path] = line;
    const mapping = {
      start: BigInt(`0x${start}`),
      end: BigInt(`0x${end}`),
      fileOffset: BigInt(`0x${offset}`),
      path,
      buildId: null,
      kind: mappingKind(path),
    };
    if (mapping.start < mapping.end) mappings.push(mapping);
  }
  return mappings;
}

/** What a mapping's path says about it: files have one, the kernel names everything else in its own ways. */
export function mappingKind(path: string): Mapping['kind'] {
  if (path === '[vdso]') return 'vdso';
  const isFile = path.startsWith('/') && !path.startsWith('//') && !/^\/(dev\/zero|memfd:|SYSV)/.test(path);
  return isFile ? 'file' : 'anonymous';
}
