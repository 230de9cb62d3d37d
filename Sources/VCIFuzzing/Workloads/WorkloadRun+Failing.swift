internal import VCIFormat
internal import VCIGenerators
internal import VCIReference

/// Operations of which a call fails, and those that follow on the same open image.
extension WorkloadRun {
  /// What a request has done.
  private struct Effect {
    var failure: ImageError?
    /// The number of blocks that a write took.
    var taken: UInt64 = 0
    var losses: [Range<UInt64>] = []
  }

  /// Runs an operation of which a call fails, or that follows such a one. What the image has cached
  /// after it is read, and must be allowed.
  ///
  /// The operation must fail with that call, unless it lacks room only. An image whose call has
  /// failed may refuse what follows: then it is opened again.
  func operate(_ operation: CacheOperation, failing call: FailingCall?) {
    guard let image else { return }
    switch operation {
    case .close: close(image, failing: call)
    case .reopen(.reading): reopen(image, for: .reading, failing: call)
    case .reopen(.writing): reopen(image, for: .writing, failing: call)
    case .write, .read, .discard, .flush: request(operation, of: image, failing: call)
    case .crash, .fail: break
    }
  }

  private func request(
    _ operation: CacheOperation, of image: any OperatedImage, failing call: FailingCall?
  ) {
    let wasImpaired = isImpaired
    let effect = withFailing(call) { perform(operation, on: image) }
    defer { storage.failing = nil }
    if case .read = operation {
    } else if purpose == .reading {
      if effect.failure != .readOnly {
        report(.operationFailed, nil, "the image is open for reading only")
      }
      return
    }
    compare(effect.failure, wasImpaired: wasImpaired)
    guard !hasFailed else { return }
    let served = note(operation, effect)
    let hasStruck = storage.failing?.struck != nil
    storage.failing = nil
    // An earlier failure does not let anything change any more.
    if effect.failure != nil, !hasStruck { return recover() }
    lost = (image.activity.evictedBlocks, image.activity.droppedBlocks)
    adopt(served)
    if operation == .flush, effect.failure == nil, !hasFailed { settle() }
  }

  /// Does `body` while a call fails. `storage.failing` tells afterwards whether it did.
  private func withFailing<Value>(_ call: FailingCall?, _ body: () -> Value) -> Value {
    storage.failing = call
    let value = body()
    noteStruck()
    return value
  }

  private func noteStruck() {
    guard let failing = storage.failing, failing.struck != nil else { return }
    observation.count(Counter(failing.failure))
    isImpaired = true
  }

  /// Compares how an operation ended with whether a call of it has failed.
  private func compare(_ failure: ImageError?, wasImpaired: Bool) {
    let failing = storage.failing?.struck == nil ? nil : storage.failing
    switch failure {
    case nil:
      if let failing, !failing.isExcused {
        report(.failureHidden, nil, "succeeded, although a call failed by \(failing.failure)")
      }
    case .storage where (failing != nil || wasImpaired) && !storage.isExhausted: break
    case let failure?: failed(failure)
    }
  }

  private func perform(_ operation: CacheOperation, on image: any OperatedImage) -> Effect {
    var effect = Effect()
    var losses: [Range<UInt64>] = []
    allow(for: operation.transferred.rawValue)
    do throws(ImageError) {
      switch operation {
      case .write(let offset, let count, let version):
        fill(offset.rawValue, count.rawValue, version)
        let held = buffer
        effect.taken =
          try unsafe image.write(held.span.bytes.extracting(first: Int(count.bytes)), at: offset) {
            losses.append($0.blocks)
          }.rawValue
      case .read(let offset, let count):
        grow(to: count.rawValue)
        _ = try buffer.withMutableBytes(in: 0..<Int(count.bytes)) {
          (span: inout MutableRawSpan) throws(ImageError) in
          try image.read(offset: offset, count: count, into: &span)
        }
      case .discard(let offset, let count):
        try image.discard(offset: offset, count: count) { losses.append($0.blocks) }
      case .flush: try image.flush()
      case .close, .reopen, .crash, .fail: break
      }
    } catch {
      effect.failure = error
    }
    effect.losses = losses
    return effect
  }

  /// Notes what may be cached after a request. Returns what the open image may serve.
  private func note(_ operation: CacheOperation, _ effect: Effect) -> AllowedBlocks {
    var served = AllowedBlocks(model)
    for range in effect.losses {
      served.mayMiss(range)
      kept.mayMiss(range)
    }
    let hasFailed = effect.failure != nil
    switch operation {
    case .write(let offset, _, let version):
      let range = operation.blocks ?? 0..<0
      extendReach(by: range)
      let taken = range.clamped(to: offset.rawValue..<offset.rawValue + effect.taken)
      kept.mayHold(.written(version), in: range)
      if hasFailed {
        // The image has forgotten them; what a crash brings back may be either.
        served.forget(range)
        kept.mayMiss(range)
      } else {
        served.hold(.written(version), in: taken)
      }
    case .discard:
      let range = operation.blocks ?? 0..<0
      kept.mayMiss(range)
      if hasFailed { served.mayMiss(range) } else { served.forget(range) }
    case .read, .flush, .close, .reopen, .crash, .fail: break
    }
    return served
  }

  private func close(_ image: any OperatedImage, failing call: FailingCall?) {
    let wasImpaired = isImpaired
    add(image.activity, flushing: purpose == .writing)
    allow(for: 0)
    let failure = withFailing(call) { () -> ImageError? in
      do throws(ImageError) { try image.close() } catch { return error }
      return nil
    }
    self.image = nil
    compare(failure, wasImpaired: wasImpaired)
    let rest = storage.failing?.struck == nil ? storage.failing : nil
    storage.failing = nil
    guard !hasFailed else { return }
    guard failure == nil else { return recover() }
    noteClosed()
    compareClosed()
    open(failing: rest)
  }

  /// Opens the image for writing while a call fails, and once more if that has failed.
  private func open(failing call: FailingCall?) {
    guard !hasFailed else { return }
    allow(for: 0)
    let failure = withFailing(call) { () -> ImageError? in
      do throws(ImageError) { image = try implementation.open(storage, .writing) } catch {
        return error
      }
      return nil
    }
    compare(failure, wasImpaired: false)
    storage.failing = nil
    guard !hasFailed else { return }
    guard failure == nil else { return openAgain(for: .writing) }
    noteOpened(for: .writing)
    compareAll()
  }

  private func reopen(
    _ image: any OperatedImage, for purpose: CacheImage.Purpose, failing call: FailingCall?
  ) {
    let wasImpaired = isImpaired
    add(image.activity, flushing: self.purpose == .writing)
    allow(for: 0)
    let failure = withFailing(call) { () -> ImageError? in
      do throws(ImageError) { try image.reopen(for: purpose) } catch { return error }
      return nil
    }
    compare(failure, wasImpaired: wasImpaired)
    storage.failing = nil
    guard !hasFailed else { return }
    guard failure == nil else { return recover() }
    noteClosed()
    noteOpened(for: purpose)
    compareClosed()
    compareAll()
  }
}

extension CacheOperation {
  /// The number of blocks whose bytes go from or to the image.
  fileprivate var transferred: BlockCount {
    switch self {
    case .write(_, let count, version: _), .read(_, let count): count
    case .discard, .flush, .close, .reopen, .crash, .fail: 0
    }
  }

  /// The blocks of a request; `nil` if it has none.
  fileprivate var blocks: Range<UInt64>? {
    switch self {
    case .write(let offset, let count, version: _), .read(let offset, let count),
      .discard(let offset, let count):
      offset.rawValue..<offset.rawValue + count.rawValue
    case .flush, .close, .reopen, .crash, .fail: nil
    }
  }
}
