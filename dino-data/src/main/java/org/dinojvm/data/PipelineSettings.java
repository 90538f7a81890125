package org.dinojvm.data;

import static com.google.common.base.Preconditions.checkArgument;

import org.dinojvm.data.source.ImageFolder;

/**
 * How an {@link ImagePipeline} runs.
 *
 * @param batchSize pictures in a batch of this worker
 * @param batchesPerStep batches that a training step takes on each worker; an epoch is whole steps
 * @param seed of all draws; workers of a run have the same
 * @param threads pictures in work at a time
 * @param memory bytes that decoded pictures may take; if all fit they are decoded but once
 * @param rank of this worker, from 0
 * @param workers that share out an epoch: together they see all pictures, and none sees another's
 */
public record PipelineSettings(
    int batchSize, int batchesPerStep, long seed, int threads, long memory, int rank, int workers) {

  /** What decoded pictures may take unless told otherwise: 1 GiB. */
  public static final long DEFAULT_MEMORY = 1L << 30;

  public PipelineSettings {
    checkArgument(batchSize >= 1, "illegal batch size %s: at least 1", batchSize);
    checkArgument(batchesPerStep >= 1, "illegal batches per step %s: at least 1", batchesPerStep);
    checkArgument(threads >= 1, "illegal number of threads %s: at least 1", threads);
    checkArgument(memory >= 0, "illegal memory %s: 0 bytes or more", memory);
    checkArgument(
        0 <= rank && rank < workers,
        "illegal rank %s of %s workers: count them from 0",
        rank,
        workers);
  }

  /** All pictures for one worker. */
  public PipelineSettings(int batchSize, int batchesPerStep, long seed, int threads, long memory) {
    this(batchSize, batchesPerStep, seed, threads, memory, 0, 1);
  }

  /** One worker, a batch a step, as many threads as the machine has, and the default memory. */
  public static PipelineSettings of(int batchSize, long seed) {
    return new PipelineSettings(
        batchSize, 1, seed, Runtime.getRuntime().availableProcessors(), DEFAULT_MEMORY);
  }

  /** The same for one of several workers. */
  public PipelineSettings onWorker(int ownRank, int ofWorkers) {
    return new PipelineSettings(
        batchSize, batchesPerStep, seed, threads, memory, ownRank, ofWorkers);
  }

  /**
   * Training steps in an epoch; the pictures that are left over at its end do not fill one.
   *
   * @throws IllegalArgumentException if the folder does not fill one step
   */
  public long stepsPerEpoch(ImageFolder folder) {
    int pictures = folder.pictures().size();
    int batches = batchesPerStep * workers;
    checkArgument(
        picturesOfAllPerStep() <= pictures,
        "%s larger than the data set of %s pictures in %s; lower --batch_size_per_gpu%s",
        batches == 1
            ? "a batch of " + batchSize + " is"
            : batches + " batches of " + batchSize + " are",
        pictures,
        folder.root(),
        batchesPerStep == 1 ? "" : " or --accumulate");
    return pictures / picturesOfAllPerStep();
  }

  /** Pictures that a training step takes on this worker. */
  long picturesPerStep() {
    return (long) batchSize * batchesPerStep;
  }

  private long picturesOfAllPerStep() {
    return picturesPerStep() * workers;
  }

  /** The order in which this worker visits a folder's pictures. */
  EpochOrder order(ImageFolder folder) {
    return new EpochOrder(
        seed,
        folder.pictures().size(),
        stepsPerEpoch(folder) * picturesOfAllPerStep(),
        rank,
        workers);
  }
}
