internal import VCIFormat
internal import VCIFuzzing
package import VCIGenerators

/// An image with which the work of a program of somebody else begins, made by the reference.
package struct ForeignStart: Sendable {
  package let bytes: [UInt8]
  /// What it has cached: versions by block.
  package let cached: [UInt64: UInt32]
  /// The blocks of the cache.
  package let blocks: UInt64
  package let isDirty: Bool
  /// What of it is not durable; `nil` if all is.
  package let inherited: InheritedWork?
  package let words: String

  /// Makes the image as it is after a close; `nil` if the reference fails.
  package init?(_ image: CrashImage) {
    guard let start = try? image.make() else { return nil }
    self.init(start.bytes, start.model.versions, image, isDirty: false, "\(image.rawValue), closed")
  }

  /// Makes the image as it is after `operations` and a close; `nil` if the reference fails.
  package init?(_ image: CrashImage, closedAfter operations: [CacheOperation]) {
    guard let start = try? image.make() else { return nil }
    let work = RecordedWork(operations, on: start.bytes, caching: start.model)
    guard work.flaw == nil else { return nil }
    let steps = operations.map(\.description).joined(separator: "; ")
    self.init(
      work.trace.applied, work.models[operations.count + 1].versions, image, isDirty: false,
      "\(image.rawValue), closed after: \(steps)")
  }

  /// Makes the image as it is if the reference is ended after `operations` and a flush; `nil` if
  /// the reference fails.
  ///
  /// If it `isInherited`, the reference is ended just before what it wrote last is durable, which
  /// is block 0 with the new root.
  package init?(
    _ image: CrashImage, endedAfter operations: [CacheOperation], isInherited: Bool = false
  ) {
    guard let start = try? image.make() else { return nil }
    let work = RecordedWork(operations + [.flush], on: start.bytes, caching: start.model)
    guard work.flaw == nil else { return nil }
    let events = work.trace.events.prefix { $0 != .end(operations.count) }
    let cached = work.models[operations.count + 1].versions
    let versions = Set(work.models.flatMap(\.versions.values))
    let inherited =
      isInherited
      ? InheritedWork(endedBeforeLastFlushOf: events, on: start.bytes, versions: versions) : nil
    guard !isInherited || inherited != nil else { return nil }
    let steps = operations.map(\.description).joined(separator: "; ")
    self.init(
      events.reduce(into: start.bytes) { $1.apply(to: &$0) }, cached, image, isDirty: true,
      "\(image.rawValue), not closed after: \(steps); flush"
        + (isInherited ? ", of which block 0 is not durable yet" : ""), inherited)
  }

  private init(
    _ bytes: [UInt8], _ cached: [UInt64: UInt32], _ image: CrashImage, isDirty: Bool,
    _ words: String, _ inherited: InheritedWork? = nil
  ) {
    self.inherited = inherited
    self.bytes = bytes
    self.cached = cached
    blocks = image.blocks
    self.isDirty = isDirty
    self.words = words
  }
}

extension CacheModel {
  /// The version of each block that was written.
  fileprivate var versions: [UInt64: UInt32] {
    var versions: [UInt64: UInt32] = [:]
    for run in runs {
      guard case .written(let version) = run.content else { continue }
      for block in run.offset..<run.end { versions[block] = version }
    }
    return versions
  }
}
