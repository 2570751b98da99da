/** @type {WebAssembly.Memory[]} */
const memories = [];

WebAssembly.Memory = class extends WebAssembly.Memory {
  /** @param {WebAssembly.MemoryDescriptor} descriptor */
  constructor(descriptor) {
    super(descriptor);
    memories.push(this);
  }
};

/** Bytes of every WebAssembly memory that scripts have made since this module ran. */
export const memoryBytes = () =>
  memories.reduce((sum, memory) => sum + memory.buffer.byteLength, 0);
