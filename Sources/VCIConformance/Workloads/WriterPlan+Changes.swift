internal import VCIChecker
internal import VCIFormat
internal import VCIFuzzing
internal import VCIGenerators

/// Other workloads that are like this one, which are tried to make it smaller. A program that must
/// do all of this one must do all of them.
extension WriterPlan {
  /// The largest image of which others are made, in bytes.
  static let largest: UInt64 = 64 << 20

  /// The size of the image to begin with.
  var bytes: UInt64 {
    switch start {
    case .created(let blocks, let isFixed):
      PlannedImage(blocks: blocks, isFixed: isFixed, []).image.bytes.size
    case .image(let expected): expected.bytes.size
    }
  }

  /// The same workload, in which the reference does not write; `nil` if it does not here.
  var withoutTurns: WriterPlan? { hasTurns ? changed { $0.hasTurns = false } : nil }

  /// The same workload without a limit of the size of the file; `nil` if there is none.
  var withoutLimit: WriterPlan? { growth == nil ? nil : changed { $0.growth = nil } }

  /// Returns the same workload with other steps.
  func with(_ steps: [WorkloadStep]) -> WriterPlan { changed { $0.steps = steps } }

  /// Returns the same workload with other operations. All other steps are kept, as far from the
  /// first one as they are, or last.
  func with(_ operations: [CacheOperation]) -> WriterPlan {
    var steps = operations.map { WorkloadStep.operation($0) }
    for (index, step) in self.steps.enumerated() {
      if case .operation = step { continue }
      steps.insert(step, at: min(index, steps.count))
    }
    return with(steps)
  }

  /// Returns the same workload on a cache that the program creates; `nil` if a program with these
  /// capabilities need not.
  func creating(blocks: UInt64, isFixed: Bool, _ capabilities: Capabilities) -> WriterPlan? {
    guard blocks <= capabilities.mostBlocks ?? .max,
      !isFixed || capabilities.features.contains(.fixed)
    else { return nil }
    return changed { $0.start = .created(blocks: blocks, isFixed: isFixed) }
  }

  /// Returns the same workload on another image; `nil` if a program with these capabilities need
  /// not open it for writing.
  func beginning(with image: EditableImage, _ capabilities: Capabilities) -> WriterPlan? {
    guard let expected = try? Expectations(image, Checker()), Self.takes(expected, capabilities)
    else { return nil }
    return changed { $0.start = .image(expected) }
  }

  /// Returns the same workload on the same image without its unclean flag; `nil` if that is not
  /// set, or if a program with these capabilities need not open the image then.
  func clean(_ capabilities: Capabilities) -> WriterPlan? {
    guard case .image(let expected) = start, expected.bytes.header.isDirty else { return nil }
    var bytes = expected.bytes
    bytes.write([0], at: UInt64(Field.uncleanShutdown.offset))
    guard let bytes = bytes.materialized(limit: Self.largest) else { return nil }
    return beginning(with: EditableImage(bytes), capabilities)
  }

  private func changed(_ change: (inout WriterPlan) -> Void) -> WriterPlan {
    var plan = self
    change(&plan)
    return plan
  }
}
