/** Writes protobuf messages: fields as `[number, value]`; numbers become varints, texts and messages bytes. */
export type Fields = readonly (readonly [number, number | bigint | string | Fields | Uint8Array])[];

export function message(fields: Fields): Uint8Array {
  const bytes: number[] = [];
  for (const [field, value] of fields) {
    if (typeof value === 'number' || typeof value === 'bigint') {
      bytes.push(...varint(BigInt(field << 3)), ...varint(BigInt.asUintN(64, BigInt(value))));
      continue;
    }
    const content =
      typeof value === 'string'
        ? new TextEncoder().encode(value)
        : value instanceof Uint8Array
          ? value
          : message(value);
    bytes.push(...varint(BigInt((field << 3) | 2)), ...varint(BigInt(content.length)), ...content);
  }
  return Uint8Array.from(bytes);
}

function varint(value: bigint): number[] {
  const bytes: number[] = [];
  for (let rest = value; ; rest >>= 7n) {
    const low = Number(rest & 0x7fn);
    if (rest < 0x80n) return [...bytes, low];
    bytes.push(low | 0x80);
  }
}
