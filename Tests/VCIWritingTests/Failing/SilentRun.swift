import VCIFormat
import VCIReference
import VCIReferenceTesting

/// A workload on a disk that fails at one call and says nothing.
final class SilentRun {
  let storage: FaultyStorage
  /// What is cached now.
  private var now: AllowedValues
  /// What may be served after a crash: what was flushed, and what was written since.
  private var allowed: AllowedValues
  /// How many writes a flush that lied left pending.
  private var unflushed: Int?
  /// What became of each fault, by what was written.
  private(set) var outcomes: [(WrittenStructure, DamageOutcome)] = []

  init(_ start: (bytes: [UInt8], cached: AllowedValues)) {
    storage = FaultyStorage(start.bytes)
    now = start.cached
    allowed = start.cached
  }

  /// Performs all steps while call `number` fails, and notes the outcomes: of a write, once the
  /// image is closed; of a flush, if the machine crashes before the next one.
  func perform(_ workload: FailingWorkload, _ fault: StorageFault, at number: Int) throws {
    storage.onFlush = { [unowned self] isHonest in
      if !isHonest { self.unflushed = self.storage.pending.count } else { self.crash() }
    }
    storage.fail(fault, at: number)
    var isReported = false
    do {
      try performSteps(workload)
    } catch is ImageError {
      isReported = true
    }
    crash()
    guard let struck = storage.struck else { return }
    let outcome = Self.cache(now).outcome(of: storage.bytes)
    outcomes.append(
      (WrittenStructure(struck), isReported ? max(outcome, .detected) : outcome))
  }

  private func performSteps(_ workload: FailingWorkload) throws {
    let image = try CacheImage.open(storage, purpose: .writing)
    for (number, step) in workload.steps.enumerated() {
      try perform(step, workload.value(number), on: image)
    }
    if image.purpose != nil { try image.close() }
  }

  private func perform(
    _ step: FailingWorkload.Step, _ value: UInt8, on image: CacheImage
  ) throws {
    switch step {
    case .write(let place, let count):
      for block in place..<place + UInt64(count) {
        now[block] = [value]
        allowed[block, default: []].insert(value)
      }
      try image.put([UInt8](repeating: value, count: count), at: place)
    case .discard(let place, let count):
      for block in place..<place + count { now[block] = nil }
      try image.forget(place, count)
    case .flush:
      try image.flush()
      allowed = now
    case .close:
      try image.close()
      allowed = now
    }
  }

  /// Notes what a crash leaves if all writes reach the disk but one of those that a flush promised.
  private func crash() {
    guard let count = unflushed else { return }
    unflushed = nil
    let pending = storage.pending
    for missing in 0..<count {
      var bytes = storage.durable
      for (number, write) in pending.enumerated() where number != missing {
        let end = Int(write.offset) + write.bytes.count
        if end > bytes.count { bytes += [UInt8](repeating: 0, count: end - bytes.count) }
        bytes.replaceSubrange(Int(write.offset)..<end, with: write.bytes)
      }
      outcomes.append(
        (WrittenStructure(pending[missing]), Self.cache(allowed).outcome(of: bytes)))
    }
  }

  private static func cache(_ values: AllowedValues) -> ExpectedCache {
    ExpectedCache(values.compactMapValues { Set($0.compactMap(\.self)) })
  }
}
