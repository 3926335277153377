/** Names as compilers and linkers decorate them, brought back to what was written in the source. */

/** Procedure linkage stub and symbol versions: `memcpy@plt`, `memcpy@@GLIBC_2.14`. MSVC names (`?f@@YAHH@Z`) are none. */
const LINKAGE = /@{1,2}(?:plt|[A-Za-z_][\w.+-]*)$/;

/** GCC's and LLVM's copies of a function; a copy made for OpenMP (`._omp_fn.0`) is a function of its own. */
const COPY = /(?:\.(?:isra|constprop|part|lto_priv|llvm)\.\d+|\.cold(?:\.\d+)?)$/;

/** The same copies as demanglers print them: ` [clone .isra.0]`. */
const DEMANGLED_COPY = / \[clone (?!\._omp_fn\.)[^\]]*\]/g;

/**
 * The name without what does not tell functions apart: surrounding space, `@plt`, symbol versions, and the marks of
 * copies that optimisation made. Works on mangled and demangled names; `._omp_fn.N` is kept.
 */
export function normaliseName(name: string): string {
  let result = name.trim().replace(DEMANGLED_COPY, '');
  if (!result.startsWith('?')) result = result.replace(LINKAGE, '');
  for (let shorter = result.replace(COPY, ''); shorter !== '' && shorter !== result;) {
    result = shorter;
    shorter = result.replace(COPY, '');
  }
  return result.trim();
}
