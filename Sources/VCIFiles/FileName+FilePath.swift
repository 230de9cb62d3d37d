package import SystemPackage
package import VCIFormat

extension FileName {
  package init(_ path: FilePath) {
    self = unsafe path.withPlatformString { name in
      unsafe FileName(
        bytes: UnsafeBufferPointer(start: name, count: path.length).map(UInt8.init(bitPattern:)))
    }
  }
}

extension FilePath {
  package init(_ name: FileName) {
    let characters = name.bytes.map(CChar.init(bitPattern:)) + [0]
    self = unsafe characters.withUnsafeBufferPointer { buffer in
      // The array ends with a 0, so it has a first element.
      unsafe buffer.baseAddress.map { unsafe FilePath(platformString: $0) } ?? FilePath()
    }
  }
}
