import { ByteBudget } from '../../src/transaction/byte-budget.js';

/** A byte budget that remembers what passed through it. */
export class CountingBudget extends ByteBudget {
  releasedBytes = 0;
  heldBytesMax = 0;

  override hold(bytes: number): void {
    super.hold(bytes);
    this.heldBytesMax = Math.max(this.heldBytesMax, this.heldBytes);
  }

  override release(bytes: number): void {
    this.releasedBytes += bytes;
    super.release(bytes);
  }
}
