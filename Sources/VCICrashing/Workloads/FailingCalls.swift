internal import VCIFormat
internal import VCIGenerators
internal import VCIReference

/// Does operations again and again, each time with another call of the storage that fails once.
///
/// The operation that made the call must fail too. After that every block is right, or missing; the
/// image can be recovered, and is clean then.
struct FailingCalls {
  let start: CrashStart
  let operations: [CacheOperation]
  let trial: Trial

  /// The most calls that one run may make.
  private static let mostCalls = 3000

  /// Lets each call fail in turn. Returns how many calls of each kind failed.
  func run(_ report: (Int, CrashFlaw) -> Void) -> FailedCalls {
    var failed = FailedCalls()
    for call in 0..<Self.mostCalls {
      let storage = RecordedStorage(start.bytes)
      storage.failingCall = call
      do throws(CrashFlaw) {
        guard try run(on: storage) else { return failed }
      } catch {
        report(call, error)
      }
      if let kind = storage.failedCall { failed.note(kind) }
    }
    return failed
  }

  /// Does the operations, of which a call fails. Returns whether it was made.
  private func run(on storage: RecordedStorage) throws(CrashFlaw) -> Bool {
    var contents = HeldContents(start.model)
    var image: CacheImage?
    for operation in operations + [.close] {
      if image == nil { image = try opened(storage) }
      // If the open has failed, the next one succeeds.
      if image == nil { image = try opened(storage) }
      guard let open = image else { throw CrashFlaw(.failed, "open fails twice") }
      let hadFailed = storage.hasFailed
      let error = contents.perform(operation, on: open)
      guard error != nil || hadFailed || !storage.hasFailed else {
        throw CrashFlaw(.notReported, "\(operation) succeeds although a call of it failed")
      }
      if let error, !storage.hasFailed {
        throw CrashFlaw(.failed, "\(operation) fails although no call of it did: \(error)")
      }
      if open.purpose == nil { image = nil } else { try contents.compare(open, operation) }
    }
    guard storage.hasFailed else { return false }
    _ = try trial.run(
      storage.bytes, expecting: Expectation(image: .cached(contents.allowedAfterCrash)))
    return true
  }

  /// Opens the image for writing; `nil` if that fails because a call of it does.
  private func opened(_ storage: RecordedStorage) throws(CrashFlaw) -> CacheImage? {
    let hadFailed = storage.hasFailed
    let image: CacheImage
    do throws(ImageError) {
      image = try CacheImage.open(storage, purpose: .writing)
    } catch {
      guard storage.hasFailed else { throw CrashFlaw(.failed, "open: \(error)") }
      return nil
    }
    guard hadFailed || !storage.hasFailed else {
      throw CrashFlaw(.notReported, "open succeeds although a call of it failed")
    }
    return image
  }
}
