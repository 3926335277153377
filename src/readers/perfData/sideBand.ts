/**
 * Side-band records: what processes and threads there were, what they were called and what they had mapped. They stand
 * anywhere in a file, so they are collected first and applied in order of time.
 */
import type { AddressSpaceBuilder } from '../../profile/addressSpaces.ts';
import type { Mapping, ThreadIndex } from '../../profile/types.ts';
import { CPU_MODE, MISC, RECORD } from '../perfAbi.ts';
import { buildIdText } from './features.ts';
import { FieldReader } from './fieldReader.ts';
import type { RecordView } from './recordWalker.ts';
import type { ProcessFacts, ThreadRegister } from './threadRegister.ts';

/** When a record was written: 0 for what perf made up before it started (processes that ran already). */
interface Timed {
  timeNs: bigint;
  offset: number;
}

export interface MmapEvent extends Timed {
  kind: 'mmap';
  pid: number;
  start: bigint;
  bytes: bigint;
  fileOffset: bigint;
  path: string;
  buildId: string | null;
  isKernel: boolean;
}

export interface CommEvent extends Timed {
  kind: 'comm';
  pid: number;
  tid: number;
  name: string;
  isExec: boolean;
}

export interface ForkEvent extends Timed {
  kind: 'fork' | 'exit';
  pid: number;
  parentPid: number;
  tid: number;
  parentTid: number;
}

export type SideBandEvent = MmapEvent | CommEvent | ForkEvent;

const PROTECTION_EXECUTE = 4;
const KSYMBOL_UNREGISTER = 1;
/** End of the address space: kernel mappings may claim to reach to it. */
const ADDRESS_END = 1n << 64n;

/**
 * The side-band event of a record; null for records that are none, and for mappings of data. Throws MalformedField.
 *
 * @param bodyEnd bytes of the record without its trailer
 */
export function readSideBand(
  record: RecordView,
  bodyEnd: number,
  timeNs: bigint,
  littleEndian: boolean,
): SideBandEvent | null {
  const reader = new FieldReader(record.bytes, littleEndian, record.byte + 8, record.byte + bodyEnd);
  const timed = { timeNs, offset: record.offset };
  const mode = record.misc & MISC.cpuModeMask;
  switch (record.type) {
    case RECORD.mmap:
    case RECORD.mmap2: {
      const pid = reader.i32();
      reader.skip(4);
      const [start, bytes, fileOffset] = [reader.u64(), reader.u64(), reader.u64()];
      let isData = (record.misc & MISC.mmapData) !== 0;
      let buildId: string | null = null;
      if (record.type === RECORD.mmap2) {
        if ((record.misc & MISC.mmapBuildId) !== 0) {
          const idBytes = reader.u8();
          reader.skip(3);
          buildId = buildIdText(reader.take(20), idBytes);
        } else reader.skip(24);
        const protection = reader.u32();
        reader.skip(4);
        isData ||= protection !== 0 && (protection & PROTECTION_EXECUTE) === 0;
      }
      const path = reader.text(reader.remaining);
      if (isData || bytes === 0n || mode === CPU_MODE.guestKernel || mode === CPU_MODE.guestUser) return null;
      const isKernel = mode === CPU_MODE.kernel;
      return { ...timed, kind: 'mmap', pid, start, bytes, fileOffset, path, buildId, isKernel };
    }
    case RECORD.ksymbol: {
      const start = reader.u64();
      const bytes = BigInt(reader.u32());
      reader.skip(2);
      const flags = reader.u16();
      const path = reader.text(reader.remaining);
      if (bytes === 0n || (flags & KSYMBOL_UNREGISTER) !== 0) return null;
      return {
        ...timed,
        kind: 'mmap',
        pid: -1,
        start,
        bytes,
        fileOffset: 0n,
        path,
        buildId: null,
        isKernel: true,
      };
    }
    case RECORD.comm:
      return {
        ...timed,
        kind: 'comm',
        pid: reader.i32(),
        tid: reader.i32(),
        name: reader.text(reader.remaining),
        isExec: (record.misc & MISC.commExec) !== 0,
      };
    case RECORD.fork:
    case RECORD.exit:
      return {
        ...timed,
        kind: record.type === RECORD.fork ? 'fork' : 'exit',
        pid: reader.i32(),
        parentPid: reader.i32(),
        tid: reader.i32(),
        parentTid: reader.i32(),
      };
    default:
      return null;
  }
}

/**
 * Gives processes their address spaces and threads their lives; returns what they were called.
 *
 * @param startNs the clock's value at time 0 of the profile
 */
export function applySideBand(
  events: SideBandEvent[],
  startNs: bigint,
  buildIds: ReadonlyMap<string, string>,
  spaces: AddressSpaceBuilder,
  threads: ThreadRegister,
  lifetime: (thread: ThreadIndex, startNs: number | null, endNs: number | null) => void,
): ProcessFacts {
  // Records of one time stay in file order; sort() is stable. What perf made up has time 0 and comes first.
  events.sort((a, b) => (a.timeNs < b.timeNs ? -1 : a.timeNs > b.timeNs ? 1 : 0));
  const threadNames = new Map<number, string>([[0, 'swapper']]);
  /** Processes that have begun a program and not mapped it yet. */
  const beginning = new Set<number>();
  const executables = new Map<number, string>();
  const kernelMappings: Mapping[] = [];
  // A program is mapped before its libraries; of processes that ran already, the file is called like the process.
  const isExecutable = (path: string, pid: number): boolean =>
    beginning.has(pid) ||
    (!executables.has(pid) && baseName(path).slice(0, COMM_LENGTH) === threadNames.get(pid));

  for (const event of events) {
    const timeNs = event.timeNs === 0n ? -Infinity : Number(event.timeNs - startNs);
    switch (event.kind) {
      case 'comm':
        threadNames.set(event.tid, event.name);
        if (event.isExec) {
          spaces.exec(event.pid, timeNs);
          beginning.add(event.pid);
          executables.delete(event.pid);
        }
        break;
      case 'fork': {
        const name = threadNames.get(event.parentTid) ?? threadNames.get(event.parentPid);
        if (name !== undefined) threadNames.set(event.tid, name);
        if (event.pid !== event.parentPid) {
          spaces.fork(event.pid, event.parentPid, timeNs);
          const executable = executables.get(event.parentPid);
          if (executable !== undefined) executables.set(event.pid, executable);
        }
        if (timeNs !== -Infinity) lifetime(threads.row(event.pid, event.tid), timeNs, null);
        break;
      }
      case 'exit':
        if (timeNs !== -Infinity) lifetime(threads.row(event.pid, event.tid), null, timeNs);
        break;
      case 'mmap': {
        const mapping = mappingOf(event, buildIds);
        if (event.isKernel) {
          kernelMappings.push(mapping);
          break;
        }
        spaces.map(event.pid, timeNs, mapping);
        if (mapping.kind === 'file' && isExecutable(mapping.path, event.pid)) {
          executables.set(event.pid, mapping.path);
          beginning.delete(event.pid);
        }
        break;
      }
    }
  }
  // Modules and generated code lie inside what the kernel's own mapping claims: the narrow ones must be found first.
  kernelMappings.sort((a, b) => Number(a.kind === 'kernel') - Number(b.kind === 'kernel'));
  for (const mapping of kernelMappings) spaces.mapKernel(mapping);
  return { threadNames, executables };
}

/** The kernel cuts names of threads here (TASK_COMM_LEN without its NUL). */
const COMM_LENGTH = 15;

function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

const KERNEL_IMAGE = '[kernel.kallsyms]';

function mappingOf(event: MmapEvent, buildIds: ReadonlyMap<string, string>): Mapping {
  const end = event.start + event.bytes;
  // The kernel's mapping is named after the symbol it was found by: `[kernel.kallsyms]_text`.
  const path = event.path.startsWith(KERNEL_IMAGE) ? KERNEL_IMAGE : event.path;
  return {
    start: event.start,
    end: end > ADDRESS_END ? ADDRESS_END : end,
    fileOffset: event.fileOffset,
    path,
    buildId: event.buildId ?? buildIds.get(path) ?? null,
    kind: kindOf(path, event.isKernel),
  };
}

function kindOf(path: string, isKernel: boolean): Mapping['kind'] {
  if (isKernel) return path === KERNEL_IMAGE ? 'kernel' : 'module';
  if (path === '[vdso]') return 'vdso';
  return path === '' || path.startsWith('//') || path.startsWith('[') ? 'anonymous' : 'file';
}
