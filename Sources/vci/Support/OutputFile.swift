internal import SystemPackage
internal import VCICommandLine
internal import VCIFiles
internal import VCIFormat
internal import VCIReference

/// A file that takes its name only once it is complete. An existing file of that name stays
/// unchanged until then.
struct OutputFile {
  private let draft: Draft

  /// Makes the file in the folder of `path`, still without its name.
  ///
  /// - Throws: `StorageError` if `path` cannot become its name, or if the folder takes no file.
  init(at path: FilePath) throws(StorageError) {
    draft = try asked { () throws(FileFailure) in try Draft(replacing: path) }
  }

  /// Makes the file as long as `blocks` blocks. Returns `false` if no file can be that long.
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

  /// Writes `bytes` after the first `blocks` blocks of the file.
  func write(_ bytes: RawSpan, behind blocks: BlockCount) throws(StorageError) {
    try asked { () throws(FileFailure) in try draft.write(bytes, at: blocks.bytes) }
  }

  /// Makes the file durable, then gives it its name.
  func finish() throws(StorageError) {
    try asked { () throws(FileFailure) in try draft.finish() }
  }

  /// Removes the file, which does not have its name yet.
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
  /// Makes the error of a storage from the failure of a draft.
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
