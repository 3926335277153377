/**
 * gemview's own symbol table, small enough to be kept beside a capture in git: text, one line a function, in order of
 * address, so that two builds differ in the lines of the functions that differ.
 *
 *     gemview symbols 1
 *     build-id 9365dbc2cbffb0669b8a523cbd47ff4585287e8c
 *     file llama-cli
 *     load 0 400000 624190 rx              offset, address, size, r or rx
 *     words 2                              see words.ts
 *     NSt7__cxx1112basic_stringIcSt11char_traitsIcESaIcEE
 *     RK11llama_model
 *     functions 3
 *     400b2c+24 main                       gap behind the function before, size, name
 *     18 ~00_Z5parse!0                     a mangled name: ~, length of the start it shares with the last one, rest
 *     4+2a8 ~06_load!1
 *
 * All numbers are hexadecimal but the counts. Names that are not mangled stand as they are and can be searched for. Demangled
 * names are not kept: they are three times as long, and those that samples hit are computed in milliseconds.
 */

export const FIRST_LINE = 'gemview symbols 1';
/** Of any version: a later one is named in the error message. */
export const FIRST_LINE_PATTERN = /^gemview symbols (\d{1,6})\r?(?:\n|$)/;

/** Marks a name that is shortened. */
export const SHORTENED = '~';

/** Two digits of base 36 hold how much of its start a name shares. */
export const MAX_SHARED_START = 36 * 36 - 1;

/** Longer names are cut when a table is written and refused when one is read. */
export const MAX_NAME_LENGTH = 1 << 16;
