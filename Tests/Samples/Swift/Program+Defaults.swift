/// What a program answers that does not declare an operation: that it has none.
extension Program {
  func probe(_ path: String) throws(Refusal) { throw .notImplemented }

  func open(_ path: String, _ mode: OpenMode, modUUID: String?) throws(Refusal) -> Image {
    throw .notImplemented
  }

  func info(_ image: Image) throws(Refusal) -> Info { throw .notImplemented }

  func read(
    _ image: Image, block: UInt64, count: UInt64, into file: String
  ) throws(Refusal) -> [Run] { throw .notImplemented }

  func extents(_ path: String, into file: String) throws(Refusal) { throw .notImplemented }

  func create(
    _ path: String, blocks: UInt64, _ type: ImageType, uuid: String
  ) throws(Refusal) { throw .notImplemented }

  func write(
    _ image: Image, block: UInt64, count: UInt64, from file: String
  ) throws(Refusal) -> Written { throw .notImplemented }

  func discard(_ image: Image, block: UInt64, count: UInt64) throws(Refusal) {
    throw .notImplemented
  }

  func flush(_ image: Image) throws(Refusal) { throw .notImplemented }

  func setModificationUUID(_ image: Image, _ uuid: String) throws(Refusal) {
    throw .notImplemented
  }

  func close(_ image: Image) throws(Refusal) {}

  func check(_ path: String, _ mode: CheckMode) throws(Refusal) -> [Finding] {
    throw .notImplemented
  }
}
