/**
 * Names of Arm cores by what their Main ID Register says: implementer (bits 31–24) and part (bits 15–4).
 *
 * Sources: Linux `arch/arm64/include/asm/cputype.h` (6.18) for parts of Arm, Ampere, Apple, Cavium, Fujitsu, HiSilicon,
 * Microsoft, NVIDIA and Qualcomm; util-linux `sys-utils/lscpu-arm.c` for parts that the kernel has no need to name and for
 * the spelling; gator's `pmus.xml` (9.7.2) for C1-Nano and C1-Premium.
 */

const ARM = 0x41;
const BROADCOM = 0x42;
const CAVIUM = 0x43;
const FUJITSU = 0x46;
const HISILICON = 0x48;
const NVIDIA = 0x4e;
const QUALCOMM = 0x51;
const SAMSUNG = 0x53;
const APPLE = 0x61;
const MICROSOFT = 0x6d;
const PHYTIUM = 0x70;
const AMPERE = 0xc0;

const PARTS: ReadonlyMap<number, ReadonlyMap<number, string>> = new Map([
  [
    ARM,
    new Map([
      [0xd02, 'Cortex-A34'],
      [0xd03, 'Cortex-A53'],
      [0xd04, 'Cortex-A35'],
      [0xd05, 'Cortex-A55'],
      [0xd06, 'Cortex-A65'],
      [0xd07, 'Cortex-A57'],
      [0xd08, 'Cortex-A72'],
      [0xd09, 'Cortex-A73'],
      [0xd0a, 'Cortex-A75'],
      [0xd0b, 'Cortex-A76'],
      [0xd0c, 'Neoverse-N1'],
      [0xd0d, 'Cortex-A77'],
      [0xd0e, 'Cortex-A76AE'],
      [0xd40, 'Neoverse-V1'],
      [0xd41, 'Cortex-A78'],
      [0xd42, 'Cortex-A78AE'],
      [0xd43, 'Cortex-A65AE'],
      [0xd44, 'Cortex-X1'],
      [0xd46, 'Cortex-A510'],
      [0xd47, 'Cortex-A710'],
      [0xd48, 'Cortex-X2'],
      [0xd49, 'Neoverse-N2'],
      [0xd4a, 'Neoverse-E1'],
      [0xd4b, 'Cortex-A78C'],
      [0xd4c, 'Cortex-X1C'],
      [0xd4d, 'Cortex-A715'],
      [0xd4e, 'Cortex-X3'],
      [0xd4f, 'Neoverse-V2'],
      [0xd80, 'Cortex-A520'],
      [0xd81, 'Cortex-A720'],
      [0xd82, 'Cortex-X4'],
      [0xd83, 'Neoverse-V3AE'],
      [0xd84, 'Neoverse-V3'],
      [0xd85, 'Cortex-X925'],
      [0xd87, 'Cortex-A725'],
      [0xd88, 'Cortex-A520AE'],
      [0xd89, 'Cortex-A720AE'],
      [0xd8a, 'C1-Nano'],
      [0xd8b, 'C1-Pro'],
      [0xd8c, 'C1-Ultra'],
      [0xd8e, 'Neoverse-N3'],
      [0xd8f, 'Cortex-A320'],
      [0xd90, 'C1-Premium'],
    ]),
  ],
  [BROADCOM, new Map([[0x516, 'ThunderX2']])],
  [
    CAVIUM,
    new Map([
      [0x0a1, 'ThunderX'],
      [0x0a2, 'ThunderX-81XX'],
      [0x0a3, 'ThunderX-83XX'],
      [0x0af, 'ThunderX2'],
      [0x0b0, 'OcteonTX2'],
      [0x0b8, 'ThunderX3'],
    ]),
  ],
  [FUJITSU, new Map([[0x001, 'A64FX']])],
  [
    HISILICON,
    new Map([
      [0xd01, 'Kunpeng-920'],
      [0xd02, 'HIP09'],
      [0xd06, 'HIP12'],
      // HiSilicon's mobile chips carry this part where the core is Arm's.
      [0xd40, 'Cortex-A76'],
    ]),
  ],
  [
    NVIDIA,
    new Map([
      [0x003, 'Denver-2'],
      [0x004, 'Carmel'],
      [0x010, 'Olympus'],
    ]),
  ],
  [
    QUALCOMM,
    new Map([
      [0x001, 'Oryon'],
      [0x800, 'Kryo-2xx-Gold'],
      [0x801, 'Kryo-2xx-Silver'],
      [0x802, 'Kryo-3xx-Gold'],
      [0x803, 'Kryo-3xx-Silver'],
      [0x804, 'Kryo-4xx-Gold'],
      [0x805, 'Kryo-4xx-Silver'],
      [0xc00, 'Falkor'],
    ]),
  ],
  [
    SAMSUNG,
    new Map([
      [0x001, 'Exynos-M1'],
      [0x002, 'Exynos-M3'],
      [0x003, 'Exynos-M4'],
      [0x004, 'Exynos-M5'],
    ]),
  ],
  [
    APPLE,
    new Map([
      [0x022, 'M1-Icestorm'],
      [0x023, 'M1-Firestorm'],
      [0x024, 'M1-Pro-Icestorm'],
      [0x025, 'M1-Pro-Firestorm'],
      [0x028, 'M1-Max-Icestorm'],
      [0x029, 'M1-Max-Firestorm'],
      [0x032, 'M2-Blizzard'],
      [0x033, 'M2-Avalanche'],
      [0x034, 'M2-Pro-Blizzard'],
      [0x035, 'M2-Pro-Avalanche'],
      [0x038, 'M2-Max-Blizzard'],
      [0x039, 'M2-Max-Avalanche'],
    ]),
  ],
  // Azure Cobalt 100 is a Neoverse N2 under Microsoft's implementer code.
  [MICROSOFT, new Map([[0xd49, 'Neoverse-N2']])],
  [
    PHYTIUM,
    new Map([
      [0x660, 'FTC660'],
      [0x661, 'FTC661'],
      [0x662, 'FTC662'],
      [0x663, 'FTC663'],
      [0x862, 'FTC862'],
    ]),
  ],
  [
    AMPERE,
    new Map([
      [0xac3, 'AmpereOne'],
      [0xac4, 'AmpereOne-A'],
    ]),
  ],
]);

/** The names of all cores that this table knows, without repetition. */
export const CORE_NAMES: readonly string[] = [
  ...new Set([...PARTS.values()].flatMap((parts) => [...parts.values()])),
];

/** Largest value of gator's short form, implementer << 12 | part. */
const LARGEST_SHORT_FORM = 0xfffff;

/** Implementer and part of a core. */
export interface CoreId {
  implementer: number;
  part: number;
}

/**
 * Takes a full MIDR (`0x411fd402`, also zero-extended to 64 bits) or gator's short form (`0x41d40`) apart; text is
 * hexadecimal with or without `0x`. Null when it is neither.
 */
export function coreId(midr: bigint | number | string): CoreId | null {
  const value = midrValue(midr);
  if (value === null || value <= 0 || value > 0xffff_ffff) return null;
  if (value <= LARGEST_SHORT_FORM) return { implementer: value >>> 12, part: value & 0xfff };
  return { implementer: value >>> 24, part: (value >>> 4) & 0xfff };
}

/** `Neoverse-V1`; null when the register's value is none or its core is not in the table. */
export function coreName(midr: bigint | number | string): string | null {
  const id = coreId(midr);
  return id === null ? null : (PARTS.get(id.implementer)?.get(id.part) ?? null);
}

/** `r0p3` from a full MIDR (variant, bits 23–20, and revision, bits 3–0); null for gator's short form, which has neither. */
export function coreRevision(midr: bigint | number | string): string | null {
  const value = midrValue(midr);
  if (value === null || value <= LARGEST_SHORT_FORM || value > 0xffff_ffff) return null;
  return `r${(value >>> 20) & 0xf}p${value & 0xf}`;
}

/**
 * The full MIDR as hex text from what `/proc/cpuinfo` prints of it. The architecture field is always 0xf: the ID
 * registers describe the architecture (Arm ARM, MIDR_EL1).
 */
export function midrText(fields: CoreId & { variant: number; revision: number }): string {
  const { implementer, variant, part, revision } = fields;
  const value =
    (((implementer & 0xff) << 24) |
      ((variant & 0xf) << 20) |
      (0xf << 16) |
      ((part & 0xfff) << 4) |
      (revision & 0xf)) >>>
    0;
  return `0x${value.toString(16)}`;
}

function midrValue(midr: bigint | number | string): number | null {
  if (typeof midr === 'number') return Number.isInteger(midr) ? midr : null;
  if (typeof midr === 'bigint') return midr >= 0n && midr <= 0xffff_ffffn ? Number(midr) : null;
  const hex = /^(?:0x)?0*([0-9a-f]{1,8})$/i.exec(midr.trim());
  return hex ? parseInt(hex[1], 16) : null;
}
