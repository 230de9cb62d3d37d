internal import Glibc
public import SystemPackage
internal import VCIFormat
internal import VCIReference

/// A folder that is removed with all its files.
public final class Folder {
  public let path: FilePath

  public init() {
    var template = Array("/tmp/vci-tests-XXXXXX".utf8CString)
    path = unsafe template.withUnsafeMutableBufferPointer { name in
      guard let base = name.baseAddress, let made = unsafe mkdtemp(base) else { return "/" }
      return unsafe FilePath(platformString: made)
    }
  }

  public func file(_ name: String) -> FilePath { path.appending(name) }

  public func has(_ name: String) -> Bool {
    unsafe file(name).withPlatformString { unsafe access($0, F_OK) } == 0
  }

  /// Makes an empty cache of 2 MiB, and returns its path.
  public func made(_ name: String = "a.vci") throws -> FilePath {
    let plan = try CacheImage.Plan(
      blocks: 4096, type: .dynamic, imageUUID: ImageUUID(high: 1, low: 2))
    try CacheImage.create(at: file(name), plan)
    return file(name)
  }

  /// Renames `old` to `new`, and replaces what has that name.
  public func rename(_ old: String, to new: String) {
    _ = unsafe file(old).withPlatformString { old in
      unsafe file(new).withPlatformString { new in unsafe Glibc.rename(old, new) }
    }
  }

  deinit {
    for name in ["a.vci", "b.vci", "c.vci", "pipe"] {
      _ = unsafe file(name).withPlatformString { unsafe unlink($0) }
    }
    _ = unsafe path.withPlatformString { unsafe rmdir($0) }
  }
}
