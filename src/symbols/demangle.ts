/**
 * Mangled names → readable ones, by gecko-profiler-demangle (Rust's cpp_demangle, rustc-demangle and msvc-demangler as
 * WebAssembly). Differences to c++filt that remain, of 11,500 mangled names of a llama-cli: no return types (14 %), the
 * short `std::ostream` and `std::string` (3 %), the first parameter of constructors that are templates is missing (2 %),
 * thunks in braces, `std::nullptr_t`, no ABI tags; less than 1 % stay mangled.
 */
import type { PlatformServices } from '../platform/services.ts';
import { withMemoryLimit } from './wasmMemoryLimit.ts';

/** What the module exports: wasm-bindgen's interface for `fn demangle_any(name: &str) -> String`. */
interface DemangleExports {
  memory: WebAssembly.Memory;
  demangle_any(at: number, length: number): [at: number, length: number];
  __wbindgen_export_0: WebAssembly.Table;
  __wbindgen_malloc(length: number, alignment: number): number;
  __wbindgen_free(at: number, length: number, alignment: number): void;
  __wbindgen_start(): void;
}

/** Itanium C++ (`_Z`, Apple `__Z`, blocks `___Z`), Rust (`_R`), MSVC (`?`). Other names would lose their underscores. */
const MANGLED = /^(?:_{1,4}Z[^\W_]|__?R[^\W_]|\?[^?\s]+@)/;
const SYMBOL_VERSION = /@{1,2}[A-Za-z_][\w.+-]*$/;

/**
 * libstdc++'s mark of functions that return or take its new strings. The library takes it for a parameter and then counts
 * substitutions wrongly; it says nothing that a reader of profiles needs.
 */
const ABI_TAG = 'B5cxx11';

/** Longer names stay as they are. */
const MAX_NAME_LENGTH = 1 << 14;
/** Names that become longer than this say less than the raw ones. */
const MAX_RESULT_LENGTH = 1 << 16;
/**
 * Substitutions let a crafted name of 200 characters grow to gigabytes. The library gets 8 MiB; names that need more stay
 * raw, and after a few of them, or after very much output, so do all that follow.
 */
const MEMORY_PAGES = 128;
const OUTPUT_BUDGET = 1 << 26;
const FAULT_COST = OUTPUT_BUDGET / 8;

/**
 * Loads the demangler: a function that gives each distinct name its readable form and remembers it. What is no mangled
 * name, or cannot be demangled, comes back as it was.
 */
export async function loadDemangler(services: PlatformServices): Promise<(rawName: string) => string> {
  const bytes = await services.wasmBytes('demangle');
  const library = new DemangleLibrary(await WebAssembly.compile(withMemoryLimit(bytes, MEMORY_PAGES)));
  const known = new Map<string, string>();
  return (rawName) => {
    let name = known.get(rawName);
    if (name === undefined) {
      name = demangle(library, rawName);
      known.set(rawName, name);
    }
    return name;
  };
}

function demangle(library: DemangleLibrary, rawName: string): string {
  if (rawName.length > MAX_NAME_LENGTH || !MANGLED.test(rawName)) return rawName;
  const version = rawName.startsWith('?') ? '' : (SYMBOL_VERSION.exec(rawName)?.[0] ?? '');
  const mangled = version ? rawName.slice(0, -version.length) : rawName;
  const name = library.demangle(mangled.replaceAll(ABI_TAG, ''));
  // The library drops an underscore of what it cannot demangle.
  const failed = name === null || name === '' || mangled.replaceAll(ABI_TAG, '').endsWith(name);
  return failed ? rawName : likeCxxfilt(name) + version;
}

/** Literals of template arguments that c++filt writes with the suffix of their type: `(unsigned long)4` is `4ul`. */
const LITERAL = /\((unsigned int|unsigned long long|unsigned long|long long|long)\)(-?\d+)/g;
const LITERAL_SUFFIX = new Map([
  ['unsigned int', 'u'],
  ['long', 'l'],
  ['unsigned long', 'ul'],
  ['long long', 'll'],
  ['unsigned long long', 'ull'],
]);

/** Template arguments and parameters that an empty pack leaves: `<1ul, >`, `(int, )`. */
const EMPTY_PACK = /, (?=[>)])/g;

function likeCxxfilt(name: string): string {
  return name
    .replace(LITERAL, (_, type: string, digits: string) => digits + LITERAL_SUFFIX.get(type))
    .replace(EMPTY_PACK, '');
}

/** The WebAssembly module with its memory. A trap leaves that in an unknown state: then a new instance takes over. */
class DemangleLibrary {
  readonly #module: WebAssembly.Module;
  #exports: DemangleExports | null = null;
  #budget = OUTPUT_BUDGET;

  constructor(module: WebAssembly.Module) {
    this.#module = module;
  }

  /** Null when the library gives up. */
  demangle(name: string): string | null {
    if (this.#budget <= 0) return null;
    this.#exports ??= instantiate(this.#module);
    try {
      const result = call(this.#exports, name);
      this.#budget -= result.length;
      return result.length > MAX_RESULT_LENGTH ? null : result;
    } catch {
      this.#exports = null;
      this.#budget -= FAULT_COST;
      return null;
    }
  }
}

function instantiate(module: WebAssembly.Module): DemangleExports {
  const instance = new WebAssembly.Instance(module, {
    './index_bg.js': {
      // wasm-bindgen keeps the JavaScript constants in the first slots of its table.
      __wbindgen_init_externref_table: (): void => {
        const table = exports.__wbindgen_export_0;
        const at = table.grow(4);
        table.set(0, undefined);
        [undefined, null, true, false].forEach((constant, slot) => table.set(at + slot, constant));
      },
    },
  });
  const exports = instance.exports as unknown as DemangleExports;
  exports.__wbindgen_start();
  return exports;
}

function call(library: DemangleExports, name: string): string {
  const bytes = new TextEncoder().encode(name);
  const at = library.__wbindgen_malloc(bytes.byteLength, 1) >>> 0;
  new Uint8Array(library.memory.buffer, at, bytes.byteLength).set(bytes);
  const [resultAt, resultLength] = library.demangle_any(at, bytes.byteLength);
  const result = new TextDecoder().decode(
    new Uint8Array(library.memory.buffer, resultAt >>> 0, resultLength),
  );
  library.__wbindgen_free(resultAt, resultLength, 1);
  return result;
}
