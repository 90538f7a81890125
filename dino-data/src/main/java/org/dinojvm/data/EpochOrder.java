package org.dinojvm.data;

import com.google.common.collect.ImmutableList;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TInt64;

/**
 * Which picture is at which place of an epoch. Each epoch has an order of its own, which is a
 * cipher of the place, and so takes no memory and can begin anywhere.
 *
 * @param seed of the run
 * @param pictures how many there are
 * @param length places of an epoch; what does not fill a step is left out
 * @param rank of this worker, from 0
 * @param workers how many share an epoch; each has every so many-th place
 */
record EpochOrder(long seed, long pictures, long length, int rank, int workers) {

  /** A place in the order of an epoch, and the picture there; all []. */
  record Visit(Operand<TInt64> index, Operand<TInt64> place, Operand<TInt64> epoch) {}

  /**
   * What this worker visits.
   *
   * @param position [] its pictures before this one, in all epochs
   */
  Visit visit(Ops tf, Operand<TInt64> position) {
    Operand<TInt64> number =
        tf.math.add(tf.math.mul(position, tf.constant((long) workers)), tf.constant((long) rank));
    Operand<TInt64> epoch = tf.math.floorDiv(number, tf.constant(length));
    Operand<TInt64> place = tf.math.floorMod(number, tf.constant(length));
    return new Visit(shuffled(tf, place, epoch), place, epoch);
  }

  /** The visit so many places behind another, in the same epoch; behind its end comes its start. */
  Visit behind(Ops tf, Visit visit, Operand<TInt64> distance) {
    Operand<TInt64> place =
        tf.math.floorMod(tf.math.add(visit.place, distance), tf.constant(length));
    Operand<TInt64> index =
        tf.select(
            tf.math.equal(distance, tf.constant(0L)),
            visit.index,
            shuffled(tf, place, visit.epoch));
    return new Visit(index, place, visit.epoch);
  }

  /** The seed of all that is drawn for a picture in an epoch, [2]. */
  Operand<TInt64> drawSeed(Ops tf, Visit visit) {
    Operand<TInt64> number =
        tf.math.add(tf.math.mul(visit.epoch, tf.constant(1L << 32)), visit.index);
    return tf.stack(ImmutableList.of(tf.constant(seed), number));
  }

  /** The picture at a place, []. */
  private Operand<TInt64> shuffled(Ops tf, Operand<TInt64> place, Operand<TInt64> epoch) {
    Operand<TInt64> key =
        tf.stack(
            ImmutableList.of(tf.constant(seed & 0xFFFF_FFFFL), tf.constant(seed >>> 32), epoch));
    return tf.randomIndexShuffle(place, key, tf.constant(pictures - 1L));
  }
}
