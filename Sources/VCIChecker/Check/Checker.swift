public import VCIFormat

/// Judges images by every rule, in the groups and with the silences of `Specs/VCI.md`.
///
/// It streams: memory is at most 48 bytes for each extent and node that it visits, and 1 MiB,
/// whatever the image. The bitmap is read in pieces, holes are skipped, and buffers are kept from
/// one image to the next where they are small.
public final class Checker {
  private var examination: Examination

  /// How many findings of an image are kept unless another number is asked for.
  public static let usualBudget = 1000

  /// A checker that keeps the first `budget` findings of each image and, whatever comes before it, the
  /// first of every rule and class; it counts all.
  public init(budget: Int = Checker.usualBudget) {
    examination = Examination(budget: budget)
  }

  /// Checks the image in `source`; time grows with the bytes of its bitmap outside of holes, and
  /// with n log n for n nodes and extents. `progress` is told what follows the walk through the tree.
  ///
  /// - Throws: `StorageError` where the file fails, and where its size changes meanwhile: then nothing
  ///   is known of the image.
  public func check(
    _ source: any ByteSource, progress: ((CheckProgress) -> Void)? = nil
  ) throws(StorageError) -> Report {
    // One access to the whole state for the whole check.
    try examination.run(source, progress)
  }
}
