/** One-line answers of the system: `uname -a`, `/proc/version`, `/proc/meminfo`, `perf --version`, the kernel's log. */
import type { FactCollector, FactParser } from './collector.ts';

const UNAME =
  /^Linux (\S{1,255}) (\d{1,3}\.\d{1,4}\S{0,128}) #\d.{0,255} (aarch64|arm64|armv[678]\w{0,2}|x86_64|riscv64)(?: (?:GNU\/Linux|Toybox|Android|unknown|aarch64)){0,3}$/;
const DARWIN = /^Darwin (\S{1,255}) (\d{1,3}\.\S{1,32}) Darwin Kernel Version .{0,512}(arm64|x86_64)$/;
const PROC_VERSION = /^Linux version (\d{1,3}\.\d{1,4}\S{0,128}) \(/;
const PERF_VERSION = /^perf version (\d\S{0,63})$/;
const PARANOID = /^(?:kernel\.)?perf_event_paranoid(?: ?= ?| )(-?\d)$/;
/** `[    0.873217] hw perfevents: enabled with armv8_pmuv3 PMU driver, 7 (0,8000003f) counters available` */
const PMU_DRIVER =
  /hw perfevents: enabled with (\S{1,64}) PMU driver, (\d{1,3})(?: \([0-9a-f,]{1,32}\))? counters available/;
/** `/proc/cmdline`: what boot loaders put first. */
const KERNEL_COMMAND_LINE = /^(?:BOOT_IMAGE=|console=|root=|coherent_pool=|ro |rw )\S?.*$/;

export class SystemParser implements FactParser {
  readonly #found: ((facts: FactCollector) => void)[] = [];

  add(line: string): boolean {
    const text = line.trim().slice(0, 4096);
    const uname = UNAME.exec(text) ?? DARWIN.exec(text);
    if (uname) {
      const [, host, kernel, arch] = uname;
      return this.#keep((facts) => {
        facts.set('kernel', kernel);
        facts.set('arch', arch);
        facts.fact('host-name', host, true);
      });
    }
    const version = PROC_VERSION.exec(text);
    if (version) return this.#keep((facts) => facts.set('kernel', version[1]));
    const perf = PERF_VERSION.exec(text);
    if (perf) return this.#keep((facts) => facts.fact('perf-version', perf[1]));
    const paranoid = PARANOID.exec(text);
    if (paranoid) return this.#keep((facts) => facts.fact('perf-event-paranoid', paranoid[1]));
    const driver = PMU_DRIVER.exec(text);
    if (driver) return this.#keep((facts) => facts.fact('pmu-counters', `${driver[1]}: ${driver[2]}`));
    if (KERNEL_COMMAND_LINE.test(text)) {
      return this.#keep((facts) => facts.fact('kernel-command-line', text, true));
    }
    return false;
  }

  finish(facts: FactCollector): void {
    for (const tell of this.#found) tell(facts);
  }

  #keep(tell: (facts: FactCollector) => void): true {
    if (this.#found.length < 1000) this.#found.push(tell);
    return true;
  }
}

const MEMINFO = /^([A-Z]\w{2,40}(?:\(\w{1,32}\))?):[ \t]+(\d{1,15}(?: kB)?)$/;

/** `/proc/meminfo`, whole or a few lines of it. */
export class MeminfoParser implements FactParser {
  readonly #fields = new Map<string, string>();

  add(line: string): boolean {
    const field = MEMINFO.exec(line.trim().slice(0, 128));
    if (!field || (this.#fields.size === 0 && field[1] !== 'MemTotal')) return false;
    this.#fields.set(field[1], field[2]);
    return true;
  }

  finish(facts: FactCollector): void {
    facts.fact('total-memory', this.#fields.get('MemTotal') ?? '');
    const pages = this.#fields.get('HugePages_Total') ?? '0';
    if (pages !== '0') facts.fact('huge-pages', `${pages} × ${this.#fields.get('Hugepagesize') ?? '?'}`);
  }
}
