public import VCIFormat

/// Checks images by every rule, in the groups and with the silences of `Specs/VCI.md`.
///
/// It streams: memory is at most 48 bytes for each extent and node, and 1 MiB, whatever the image.
/// The bitmap is read in pieces, holes are skipped, and small buffers are kept for the next image.
public final class Checker {
  private var examination: Examination

  /// The default for the number of findings of an image that are kept.
  public static let usualBudget = 1000

  /// Makes a checker that keeps the first `budget` findings of each image, and the first of every
  /// rule and class besides. All findings are counted.
  public init(budget: Int = Checker.usualBudget) {
    examination = Examination(budget: budget)
  }

  /// Checks the image in `source`; `progress` is called after the walk through the tree.
  ///
  /// - Complexity: O(b + n log n) for b bytes of bitmap outside of holes, and n nodes and extents.
  /// - Throws: `StorageError` if the file cannot be read, or if its size changes during the check:
  ///   nothing is known of the image then.
  public func check(
    _ source: any ByteSource, progress: ((CheckProgress) -> Void)? = nil
  ) throws(StorageError) -> Report {
    // One exclusive access to the whole state for the whole check.
    try examination.run(source, progress)
  }
}
