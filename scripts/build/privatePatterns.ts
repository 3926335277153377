/** Texts that are private wherever they come from: known by their form, not by a capture. */
import { HOME_FOLDERS, homeFoldersIn } from '../../src/report/privacy.ts';
import { namesNobody, saysNothing } from './runSecrets.ts';

export interface PrivatePattern {
  /** What it is, in a sentence: `a home folder`. */
  kind: string;
  /** All such texts in a text. */
  find: (text: string) => string[];
  /** Name under which run.yaml may allow it. */
  name: string;
}

/** The host has a dot: `run@hash` pins an address, `memcpy@plt` is a symbol. */
const MAIL = /(?<![\w.%+/@-])[a-z\d][\w.%+-]{0,63}@[a-z\d-]{1,63}(?:\.[a-z\d-]{1,63})*\.[a-z]{2,}(?![\w@])/gi;
/** With hyphens at least one digit is none of the decimal ones: `20-11-25-10-20-30` is a time. */
const MAC =
  /(?<![\w:.-])(?:[\da-f]{2}(?::[\da-f]{2}){5}|(?=[\d-]*[a-f])[\da-f]{2}(?:-[\da-f]{2}){5})(?![\w-]|[:.]\w)/gi;
const IPV4 = /(?<![\w.+-])(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})(?![\w+-]|\.\d)/g;
/** In full, or shortened in the ranges that machines have: global, unique local, link local. */
const IPV6 =
  /(?<![\w:.-])(?:[\da-f]{1,4}(?::[\da-f]{1,4}){7}|(?:2[\da-f]{3}|f[cd][\da-f]{2}|fe80)(?::[\da-f]{1,4}){0,6}::(?:[\da-f]{1,4}(?::[\da-f]{1,4}){0,6})?)(?![\w-]|[:.]\w)/gi;
/** Words before four numbers that are a version. */
const VERSION_BEFORE =
  /\b(?:version|release|build|v|gatord?|streamline|linux|kernel|driver|firmware|android|chrome|chromium|firefox|clang|llvm|gcc|glibc|perf|cmake|python|node|openssh|ubuntu|debian)[ :/]{0,2}$/i;
/** `Chrome/120.0.0.0`, as browsers and servers name themselves; `//10.0.0.1` is an address. */
const PRODUCT_BEFORE = /[a-z][\w.+-]*\/$/i;
const LONGEST_BEFORE = 24;

/** Users that name a service: `git@github.com`. */
const SERVICE_USER = /^(?:git|noreply|no-reply)@/i;
/** `run@libllama.so`: a symbol's library. */
const LIBRARY_HOST = /\.so$/i;

/** Variables that name a person or a machine, or open something: their value follows. */
const VARIABLE =
  /(?<![\w$])(?:USER|LOGNAME|USERNAME|HOSTNAME|HOME|OLDPWD|MAIL|SSH_(?:CLIENT|CONNECTION|AUTH_SOCK)|(?:[A-Z][A-Z\d]*_){0,6}(?:TOKEN|SECRET|PASSWORD|PASSWD|API_?KEY|ACCESS_KEY(?:_ID)?))=["']?([^\s"'<>$&{…[]{2,})/g;

/** Keys of well-known services, tokens, passwords in addresses, and private keys, by the marks that their makers gave them. */
const KEY =
  /(?<![\w-])(?:hf_[A-Za-z\d]{20,}|gh[pousr]_[A-Za-z\d]{30,}|github_pat_\w{30,}|glpat-[\w-]{20,}|AKIA[A-Z\d]{16}|xox[abprs]-[\w-]{20,}|sk-[\w-]{32,}|AIza[\w-]{35}|eyJ[\w-]{10,}\.eyJ[\w-]{4,}\.[\w-]{8,})(?![\w-])|\bBearer\s+(?=[\w.~+/=-]*\d)[\w.~+/=-]{16,}|:\/\/[^\s/:@"'<>]+:[^\s/:@"'<>]+@(?=[\w[])|-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----/g;

/** A serial number that says what it is. */
const SERIAL =
  /(?<![A-Za-z\d])serial(?:[ _-]?(?:number|no))?["']?\s{0,3}[:=]\s{0,3}["']?(?=[A-Z]*\d[A-Z]*\d)[\dA-Z]{8,}(?!\w)/gi;

const all =
  (pattern: RegExp) =>
  (text: string): string[] =>
    [...text.matchAll(pattern)].map(([found]) => found);

export const privatePatterns: readonly PrivatePattern[] = [
  { kind: 'a home folder', find: homeFoldersIn, name: HOME_FOLDERS },
  { kind: 'an address of the form user@host', find: mailIn, name: 'mail-address' },
  { kind: 'a MAC address', find: all(MAC), name: 'mac-address' },
  { kind: 'an IPv4 address', find: ipv4In, name: 'ip-address' },
  { kind: 'an IPv6 address', find: all(IPV6), name: 'ip-address' },
  { kind: 'the value of an environment variable', find: variablesIn, name: 'environment' },
  { kind: 'a secret key', find: all(KEY), name: 'secret-key' },
  { kind: 'a serial number', find: all(SERIAL), name: 'serial-number' },
];

function mailIn(text: string): string[] {
  if (!text.includes('@')) return [];
  return all(MAIL)(text).filter((address) => !SERVICE_USER.test(address) && !LIBRARY_HOST.test(address));
}

function variablesIn(text: string): string[] {
  return [...text.matchAll(VARIABLE)]
    .filter(([, value]) => !saysNothing(value) && !namesNobody(value))
    .map(([found]) => found);
}

function ipv4In(text: string): string[] {
  return [...text.matchAll(IPV4)].filter((match) => isForeignIpv4(match, text)).map(([address]) => address);
}

function isForeignIpv4(match: RegExpExecArray, text: string): boolean {
  const parts = match.slice(1).map(Number);
  const isAddress = parts.every((part) => part <= 255) && !match.slice(1).some((part) => /^0\d/.test(part));
  const isOwn = parts[0] === 127 || parts.every((part) => part === 0);
  const before = text.slice(Math.max(0, match.index - LONGEST_BEFORE), match.index);
  const isVersion = VERSION_BEFORE.test(before) || (PRODUCT_BEFORE.test(before) && !isOfOwnNetwork(parts));
  return isAddress && !isOwn && !isVersion;
}

/** Ranges that are given to machines of a house, and to no program as a version. */
function isOfOwnNetwork([first, second]: readonly number[]): boolean {
  return first === 10 || (first === 192 && second === 168) || (first === 172 && second >= 16 && second < 32);
}
