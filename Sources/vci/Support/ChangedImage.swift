internal import ArgumentParser
internal import SystemPackage
internal import VCICommandLine
internal import VCIFiles
internal import VCIFormat
internal import VCIReference

/// An image that a command changes.
enum ChangedImage {
  /// Opens the image in the file at `path` for writing, lets `change` work on it, and closes it
  /// cleanly, however that ends. Where `change` fails before it has changed anything, the file
  /// stays as it is.
  ///
  /// - Throws: `ToolFailure` where the image cannot be written; what `change` throws.
  static func open(
    _ path: FilePath, expecting uuid: ImageUUID?, locking: Bool,
    _ change: (CacheImage) throws -> Void
  ) throws {
    let image = try failing(path) { () throws(ImageError) in
      try CacheImage.open(
        at: path, purpose: .writing, expecting: uuid, locking: locking)
    }
    defer {
      if let refusal = image.refusal {
        Output.note(
          "\(FileName(path)): the cache is only as large as what fits on its disk: \(refusal)")
      }
    }
    do {
      try change(image)
    } catch {
      // The first failure is the one to end by.
      do throws(ImageError) { try image.close(mending: false) } catch {
        Output.note("\(FileName(path)): could not be closed cleanly: \(error)")
      }
      throw error
    }
    try failing(path) { () throws(ImageError) in try image.close() }
  }

  /// Turns an error of the image in the file at `path` into a failure of the tool.
  static func failing<Value>(
    _ path: FilePath, _ call: () throws(ImageError) -> Value
  ) throws -> Value {
    do throws(ImageError) {
      return try call()
    } catch {
      throw Failure.of(error, path)
    }
  }
}

/// Says on standard error that the file at `path` is read without a lock, if it is.
func tellOfLock(_ failure: StorageError?, _ path: FilePath) {
  if let failure { Output.note("\(FileName(path)): read without a lock: \(failure)") }
}

/// A UUID, as an option is given it.
///
/// - Throws: `ValidationError` where `text` is none.
func uuidArgument(_ text: String) throws -> ImageUUID {
  guard let uuid = ImageUUID(text) else {
    throw ValidationError("'\(text)' is not a UUID such as 01234567-89ab-cdef-0123-456789abcdef.")
  }
  return uuid
}
