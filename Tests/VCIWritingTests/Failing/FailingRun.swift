import Testing
import VCIChecker
import VCIFormat
import VCIReference
import VCIReferenceTesting

/// A workload on a disk that fails at one call, beside a model of what may be cached.
final class FailingRun {
  let storage: FaultyStorage
  private let workload: FailingWorkload
  private let fault: StorageFault
  /// What the image may serve now, and what it may serve from the file after a crash.
  private(set) var now, durable: AllowedValues
  /// The image; `nil` before it is open, and after it was closed.
  private var image: CacheImage?
  /// The failures, in order.
  private(set) var failures: [ImageError] = []
  /// Whether the disk had no room for something: then the cache may be given up.
  private var hasRefused = false
  /// The call that fails.
  private var failingCall = 0
  /// Whether a close has succeeded.
  private var isClosed = false

  init(
    _ workload: FailingWorkload, _ start: (bytes: [UInt8], cached: AllowedValues),
    _ fault: StorageFault
  ) {
    self.workload = workload
    self.fault = fault
    storage = FaultyStorage(start.bytes)
    now = start.cached
    durable = start.cached
  }

  /// Opens the image and performs all steps, as far as they succeed, while call `number` fails, and
  /// all later ones if `lasting`. Returns whether the call was reached.
  func perform(failingAt number: Int, lasting: Bool) throws -> Bool {
    failingCall = number
    storage.fail(fault, at: number, lasting: lasting)
    try reporting { self.image = try CacheImage.open(self.storage, purpose: .writing) }
    guard image != nil else { return true }
    for (number, step) in workload.steps.enumerated() {
      try perform(step, workload.value(number))
      if image == nil { break }
    }
    return storage.strikes > 0
  }

  private func perform(_ step: FailingWorkload.Step, _ value: UInt8) throws {
    guard let image else { return }
    switch step {
    case .write(let place, let count): try write(value, count, at: place, to: image)
    case .discard(let place, let count):
      let blocks = place..<place + count
      for block in blocks { durable[block, default: [nil]].insert(nil) }
      let hasSucceeded = try reporting { try image.forget(place, count) { self.note($0) } }
      for block in blocks {
        if hasSucceeded { now[block] = [nil] } else { now[block, default: [nil]].insert(nil) }
      }
    case .flush:
      if try reporting({ try image.flush() }) { durable = now }
    case .close:
      isClosed = try reporting { try image.close() }
      if isClosed { durable = now }
      self.image = nil
    }
  }

  private func write(
    _ value: UInt8, _ count: Int, at place: UInt64, to image: CacheImage
  ) throws {
    let blocks = place..<place + UInt64(count)
    let old = now
    for block in blocks {
      durable[block, default: [nil]].formUnion([value, nil])
      now[block] = [nil, value]
    }
    var taken: UInt64 = 0
    let hasSucceeded = try reporting {
      taken = try image.put([UInt8](repeating: value, count: count), at: place) { self.note($0) }
      #expect(taken > 0)
    }
    guard hasSucceeded else { return }
    for block in blocks.dropFirst(Int(taken)) {
      now[block, default: [nil]].formUnion(old[block] ?? [nil])
    }
    guard image.refusal == nil else { return }
    for block in blocks.prefix(Int(taken)) { now[block] = [value] }
  }

  private func note(_ loss: Loss) {
    for block in loss.offset.rawValue..<loss.offset.rawValue + loss.count.rawValue {
      now[block, default: [nil]].insert(nil)
      durable[block, default: [nil]].insert(nil)
    }
  }

  /// Performs a call. Returns whether it succeeded; if not, its error must tell what the disk did,
  /// and what the image serves must still be right.
  @discardableResult
  private func reporting(_ call: () throws -> Void) throws -> Bool {
    let before = storage.strikes
    defer { if image?.refusal != nil { hasRefused = true } }
    guard let error = failure(call) else {
      // Only want of room may pass without an error.
      #expect(
        storage.strikes == before || fault.isForWantOfRoom, "call \(failingCall) is not reported")
      return true
    }
    failures.append(error)
    #expect(storage.strikes > 0, "\(error), without a failure of the disk")
    #expect(tells(error), "\(error) does not tell of \(fault.rawValue)")
    if let image, image.purpose != nil {
      image.checkInvariants()
      compareHandle(image)
    }
    return false
  }

  private func tells(_ error: ImageError) -> Bool {
    switch error {
    case .storage(let failure): failure.code == fault.code || fault == .shortRead
    case .fileShrank, .violation: fault == .shortRead
    default: false
    }
  }

  /// Compares what the open image serves, if the disk can be read.
  private func compareHandle(_ image: CacheImage) {
    guard let served = try? image.values(in: FailingWorkload.places) else { return }
    compare(served, by: "the open image", with: now)
  }

  private func compare(
    _ served: [UInt64: UInt8], by program: String, with allowed: AllowedValues
  ) {
    let wrong = FailingWorkload.places.filter { block in
      let value = served[block]
      if value == nil, workload.isTight || hasRefused { return false }
      return !(allowed[block] ?? [nil]).contains(value)
    }
    let found = wrong.map { "\($0): \(served[$0].map(String.init) ?? "a miss")" }
    #expect(wrong.isEmpty, "call \(failingCall), \(program): \(found)")
  }
}

extension FailingRun {
  /// What a crash would have left, and what it may serve.
  struct ComparedFile {
    let bytes: [UInt8]
    let allowed: AllowedValues
    let mayBeEmpty: Bool

    func isSame(as other: Self?) -> Bool {
      guard let other, mayBeEmpty == other.mayBeEmpty, allowed == other.allowed else {
        return false
      }
      return unsafe bytes.span.bytes.isEqual(to: other.bytes.span.bytes)
    }
  }

  /// Once the disk works again: closes the image if it is open, and compares what is in the file,
  /// and what a crash before that would have left; then works on it. What is the same as in the run
  /// before is not compared again: often the failure comes after the same flush.
  func recover(_ before: inout ComparedFile?) throws {
    storage.mend()
    let crashed = ComparedFile(
      bytes: storage.durable, allowed: durable, mayBeEmpty: hasRefused)
    if !crashed.isSame(as: before) {
      try compareFile(storage.durable, durable, isClean: false)
    }
    before = crashed
    if let image {
      compareHandle(image)
      let error = failure { try image.close() }
      isClosed = error == nil
      // A handle may stay useless, and says why.
      if let error { #expect(failures.contains(error), "\(error), though the disk works") }
    }
    image = nil
    try compareFile(storage.bytes, isClosed ? now : durable, isClean: isClosed)
  }

  /// Checks an image: it is clean, or no more than dirty; it serves what it may, whether it is
  /// opened for reading or for writing, and after more work it is clean.
  private func compareFile(_ bytes: [UInt8], _ allowed: AllowedValues, isClean: Bool) throws {
    let storage = MemoryStorage(bytes)
    let found = try Checker().check(storage).findings.filter { $0.ruleClass != .advice }
    #expect(found.allSatisfy { !isClean && $0.ruleClass != .corruption }, "\(found.map(\.rule))")
    let served = try CacheImage.open(storage, purpose: .reading).values(in: FailingWorkload.places)
    compare(served, by: isClean ? "the closed file" : "the dirty file", with: allowed)
    let image = try CacheImage.open(storage, purpose: .writing)
    #expect(try image.values(in: FailingWorkload.places) == served)
    try image.put([7], at: 1000)
    try image.close()
    #expect(
      try Checker().check(storage).findings.filter { $0.ruleClass != .advice }.map(\.rule) == [])
    let again = try CacheImage.open(storage, purpose: .reading)
    #expect(try again.outcome(1000, 1) == "hit 7")
    let kept = try again.values(in: FailingWorkload.places)
    #expect(workload.isTight || kept == served)
  }
}
