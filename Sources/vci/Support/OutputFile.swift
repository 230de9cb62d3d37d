internal import SystemPackage
internal import VCICommandLine
internal import VCIFiles
internal import VCIFormat
internal import VCIReference

/// A file that takes its name once all of it is written: what has the name stays whole until then.
struct OutputFile {
  private let draft: Draft

  /// Begins the file in the folder of `path`.
  ///
  /// - Throws: `StorageError` where `path` cannot become its name, or the folder takes no file.
  init(at path: FilePath) throws(StorageError) {
    draft = try asked { () throws(FileFailure) in try Draft(replacing: path) }
  }

  /// Makes the file as long as `blocks` blocks; answers whether a file can be.
  func resize(to blocks: BlockCount) throws(StorageError) -> Bool {
    do throws(FileFailure) {
      try draft.resize(to: blocks.bytes)
      return true
    } catch {
      guard error.number == .fileTooLarge || error.number == .invalidArgument else {
        throw StorageError(error)
      }
      return false
    }
  }

  /// Puts `bytes` behind the first `blocks` blocks.
  func write(_ bytes: RawSpan, behind blocks: BlockCount) throws(StorageError) {
    try asked { () throws(FileFailure) in try draft.write(bytes, at: blocks.bytes) }
  }

  /// Gives the file its name, once it is durable.
  func finish() throws(StorageError) {
    try asked { () throws(FileFailure) in try draft.finish() }
  }

  /// Removes the file, which has not got its name.
  func discard() { draft.discard() }
}

private func asked<Value>(
  _ call: () throws(FileFailure) -> Value
) throws(StorageError) -> Value {
  do throws(FileFailure) {
    return try call()
  } catch {
    throw StorageError(error)
  }
}

extension StorageError {
  /// The failure, as those of images are told.
  fileprivate init(_ failure: FileFailure) {
    let operation: Operation =
      switch failure.operation {
      case .create: .create
      case .write: .write
      case .resize: .resize
      case .flush: .flush
      }
    self.init(
      operation, offset: failure.offset ?? 0, code: failure.number.rawValue,
      reason: failure.reason)
  }
}
