public import VCIFormat

/// Judges images by every rule, in the groups and with the silences of `Specs/VCI.md`.
///
/// It streams: memory is at most 48 bytes for each extent and node that it visits, and 1 MiB,
/// whatever the image. The bitmap is read in pieces, holes are skipped, and buffers are kept from
/// one image to the next where they are small.
public final class Checker {
  private var examination: Examination

  /// A checker that keeps at most `budget` findings of each image, and counts all.
  public init(budget: Int = 1000) {
    examination = Examination(budget: budget)
  }

  /// Checks the image in `source`; time grows with the bytes of its bitmap outside of holes, and
  /// with n log n for n nodes and extents.
  ///
  /// - Throws: `StorageError` where the file fails.
  public func check(_ source: any ByteSource) throws(StorageError) -> Report {
    // One access to the whole state for the whole check.
    try examination.run(source)
  }
}
