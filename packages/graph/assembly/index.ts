import { Opcode, Transposed } from '../src/engines/wasm/instruction-set';
import { copyStrided } from './copy';
import { group } from './group';
import { matmul } from './matmul';
import { softmax } from './softmax';

/**
 * Executes the instructions from `at` to `end`. Nothing is allocated and nothing is kept between calls, so several
 * instances may run at once on one shared memory, each with instructions and buffers of its own.
 * @param scratch 32 bytes, aligned
 */
export function run(at: usize, end: usize, scratch: usize): void {
  while (at < end) {
    switch (<Opcode>word(at, 0)) {
      case Opcode.MatMul: {
        const transposed = word(at, 7);
        matmul(
          word(at, 1),
          word(at, 2),
          word(at, 3),
          word(at, 4),
          word(at, 5),
          word(at, 6),
          (transposed & Transposed.A) != 0,
          (transposed & Transposed.B) != 0,
          word(at, 8),
        );
        at += 9 << 2;
        break;
      }
      case Opcode.Copy: {
        const rank = word(at, 3);
        copyStrided(word(at, 1), word(at, 2), rank, at + (4 << 2));
        at += (4 + 3 * rank) << 2;
        break;
      }
      case Opcode.Zero: {
        memory.fill(word(at, 1), 0, word(at, 2) << 2);
        at += 3 << 2;
        break;
      }
      case Opcode.Softmax: {
        softmax(word(at, 1), word(at, 2), word(at, 3), word(at, 4), word(at, 5) != 0, scratch);
        at += 6 << 2;
        break;
      }
      case Opcode.Group: {
        const count = word(at, 3);
        group(word(at, 1), word(at, 2), at + (4 << 2), count, scratch);
        at += (4 + 4 * count) << 2;
        break;
      }
      default:
        unreachable();
    }
  }
}

@inline
function word(at: usize, index: usize): usize {
  return load<u32>(at + (index << 2));
}
