internal import ArgumentParser
internal import SystemPackage
internal import VCICommandLine
internal import VCIFiles
internal import VCIFormat
internal import VCIReference

/// Opens an image for the commands that change it.
enum ChangedImage {
  /// Opens the image in the file at `path` for writing, runs `change` on it, and closes it cleanly
  /// even if `change` throws. If `change` fails before its first change, the file stays as it is.
  ///
  /// - Throws: `ToolFailure` if the image cannot be opened, changed or closed; any error of
  ///   `change`.
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
      // The first failure ends the command; a failure to close is only reported.
      do throws(ImageError) { try image.close(mending: false) } catch {
        Output.note("\(FileName(path)): could not be closed cleanly: \(error)")
      }
      throw error
    }
    try failing(path) { () throws(ImageError) in try image.close() }
  }

  /// Runs `call`, and turns an error of the image in the file at `path` into a failure of the tool.
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

/// Reports on standard error that the file at `path` is read without a lock, if `failure` is given.
func tellOfLock(_ failure: StorageError?, _ path: FilePath) {
  if let failure { Output.note("\(FileName(path)): read without a lock: \(failure)") }
}

/// Opens the image at `path` for reading, and reports where it is read without a lock.
///
/// - Throws: `ToolFailure` if it cannot be opened.
func openForReading(_ path: FilePath) throws -> CacheImage {
  do throws(ImageError) {
    let image = try CacheImage.open(at: path, purpose: .reading)
    tellOfLock(image.lockFailure, path)
    return image
  } catch {
    throw Failure.of(error, path)
  }
}

/// Parses the argument of an option as a UUID.
///
/// - Throws: `ValidationError` if `text` is not a UUID.
func uuidArgument(_ text: String) throws -> ImageUUID {
  guard let uuid = ImageUUID(text) else {
    throw ValidationError("'\(text)' is not a UUID such as 01234567-89ab-cdef-0123-456789abcdef.")
  }
  return uuid
}
