import Glibc
import SystemPackage

/// A folder that is removed with all its files.
final class Folder {
  let path: FilePath

  init() {
    var template = Array("/tmp/vci-tests-XXXXXX".utf8CString)
    path = unsafe template.withUnsafeMutableBufferPointer { name in
      guard let base = name.baseAddress, let made = unsafe mkdtemp(base) else { return "/" }
      return unsafe FilePath(platformString: made)
    }
  }

  func file(_ name: String) -> FilePath { path.appending(name) }

  func has(_ name: String) -> Bool {
    unsafe file(name).withPlatformString { unsafe access($0, F_OK) } == 0
  }

  deinit {
    for name in ["a.vci", "b.vci", "pipe"] {
      _ = unsafe file(name).withPlatformString { unsafe unlink($0) }
    }
    _ = unsafe path.withPlatformString { unsafe rmdir($0) }
  }
}
