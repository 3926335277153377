/** The XML files beside the data of a capture made up in tests. */
import { keyOf } from './apcEvents.ts';
import type { ApcCounter, ApcOptions } from './apcEvents.ts';

export function capturedXml(options: ApcOptions, cpuCount: number): string {
  const product = options.product === undefined ? 972 : options.product;
  const counters = (options.counters ?? []).map((counter, index) => {
    const event = counter.code === undefined ? '' : ` event="0x${counter.code.toString(16)}"`;
    const count = counter.samplingPeriod === undefined ? '' : ` count="${counter.samplingPeriod}"`;
    return `    <counter key="0x${keyOf(index).toString(16)}" type="${counter.type}"${event}${count} />`;
  });
  return `<?xml version="1.0" encoding="utf-8"?>
<captured version="1" backtrace_processing="${options.withoutStacks ? 'none' : 'perf'}" type="Perf" protocol="${options.protocol ?? 950}"${product === null ? '' : ` product="${product}"`} created="1795486713">
  <target sample_rate="1009" name="test board" cores="${cpuCount}" cpuid="0x41d40" local_capture="yes" os="linux" />
  <counters>
${counters.join('\n')}
    <counter key="0x4" counter="ARM_Mali-CONST_BUS_WIDTH_BITS" title="Mali Constants" name="Bus Width Bits" class="constant" mode="per-core" />
  </counters>
</captured>
`;
}

export function eventsXml(counters: readonly ApcCounter[]): string {
  const event = (counter: ApcCounter): string => {
    const isNumbered = /_cnt\d+$/.test(counter.type);
    const attributes = {
      counter: isNumbered ? undefined : counter.type,
      event: counter.code === undefined ? undefined : `0x${counter.code.toString(16)}`,
      title: counter.title,
      name: counter.name,
      units: counter.units,
      class: counter.class,
      multiplier: counter.multiplier,
      per_cpu: counter.perCpu ? 'yes' : undefined,
    };
    const text = Object.entries(attributes)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => `${name}="${value}"`);
    return `<event ${text.join(' ')}/>`;
  };
  const ofPmu = counters.filter((counter) => counter.code !== undefined);
  const polled = counters.filter((counter) => counter.code === undefined);
  return `<?xml version="1.0" encoding="UTF-8"?>
<events>
<counter_set name="ARMv8_Neoverse_V1_cnt" count="6"/>
<category name="Neoverse-V1" counter_set="ARMv8_Neoverse_V1_cnt" per_cpu="yes" supports_event_based_sampling="yes">
${ofPmu.map(event).join('\n')}
</category>
<category name="Linux">
${polled.map(event).join('\n')}
</category>
</events>
`;
}

export function countersXml(cpuCount: number): string {
  const cpus = Array.from({ length: cpuCount }, (_, cpu) => `<cpu id="${cpu}" cluster="0" />`);
  return `<?xml version="1.0" encoding="utf-8"?>
<counters supports-multiple-ebs="yes">
<setup_warnings>CPU Counters
Detected 6 programmable events for Neoverse-V1|</setup_warnings>
<cluster id="0" name="ARMv8_Neoverse_V1" />
${cpus.join('\n')}
</counters>
`;
}
