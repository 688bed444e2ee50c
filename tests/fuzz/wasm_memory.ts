/**
 * How much memory WebAssembly holds. To be imported before the library that is
 * watched.
 *
 * @module
 */

const memories = new Set<WebAssembly.Memory>();

WebAssembly.Instance = new Proxy(WebAssembly.Instance, {
  construct(target, parameters, newTarget) {
    const instance: WebAssembly.Instance = Reflect.construct(
      target,
      parameters,
      newTarget,
    );
    for (const value of Object.values(instance.exports)) {
      if (value instanceof WebAssembly.Memory) memories.add(value);
    }
    return instance;
  },
});

/** The size of all memories since this file was imported, in bytes. */
export function wasmBytes(): number {
  let bytes = 0;
  for (const memory of memories) bytes += memory.buffer.byteLength;
  return bytes;
}
