package import VCIFuzzing

/// Tests that one job makes one after the other.
package enum TestUnit: Hashable, Sendable {
  /// The vector with this index in the manifest.
  case vector(Int)
  /// The images of a series with these indices.
  case images(ImageChoice.Kind, Range<UInt64>)
  /// The workload with this index.
  case workload(UInt64)
}

extension TestUnit {
  /// The number of images of a unit. Cases that share an image are in one unit.
  private static let imagesOfUnit: UInt64 = 64

  /// Returns all units of a lane, in the order of a report.
  static func all(of lane: Lane, vectors: Int) -> [TestUnit] {
    let step = max(1, lane.everyVector)
    return stride(from: 0, to: lane.everyVector > 0 ? vectors : 0, by: step).map { .vector($0) }
      + images(.valid, lane.valid) + images(.edited, lane.edited)
      + (0..<lane.workloads).map { .workload($0) }
  }

  private static func images(_ kind: ImageChoice.Kind, _ count: UInt64) -> [TestUnit] {
    stride(from: 0, to: count, by: Int(imagesOfUnit)).map {
      .images(kind, $0..<min(count, $0 + imagesOfUnit))
    }
  }
}
