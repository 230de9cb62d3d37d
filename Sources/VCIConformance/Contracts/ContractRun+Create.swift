internal import Glibc
internal import SystemPackage
internal import VCIFormat

extension ContractRun {
  /// VCI-WR-006: what a create that fails leaves where there was nothing.
  private func createInVain(_ blocks: UInt64, isFixed: Bool) {
    let request = PortRequest.create(
      image: free(), blocks: blocks, isFixed: isFixed, Self.uuid)
    fail(request, .create, .creation, class: nil)
    guard case .create(let path, _, _, _) = request, exists(path) else { return }
    test.fail(
      .create, .creation, .leftBehind, request, expected: "nothing is left behind",
      got: "there is a file", .leftBehind)
  }

  /// VCI-WR-006, VCI-HDR-003: no image has so few blocks, or so many.
  func createOfWrongSize() throws(WorkError) {
    guard test.has("create") else { return }
    for blocks in [1, 11, Format.maximumBlocks.rawValue + 1, 1 << 63, .max] {
      guard blocks <= test.capabilities.mostBlocks ?? .max else { continue }
      createInVain(blocks, isFixed: false)
      try createOverFile(blocks, isFixed: false)
    }
  }

  /// The bytes that a file may have where there is no space for more.
  private static let fewBytes: UInt64 = 1 << 16
  /// The blocks of an image whose map alone is larger.
  private static let manyBlocks: UInt64 = 1 << 24

  /// VCI-WR-006: there is no space for the file.
  func createWithoutSpace() throws(WorkError) {
    guard test.has("create"), test.limit(fileBytes: Self.fewBytes) else { return }
    if test.has(.fixed) { createInVain(Self.blocks, isFixed: true) }
    if Self.manyBlocks <= test.capabilities.mostBlocks ?? .max {
      createInVain(Self.manyBlocks, isFixed: false)
    }
    try createOverFile(Self.blocks, isFixed: true)
  }

  /// the disk allocates all blocks of a fixed image. Where the file system does not tell of
  /// what it allocated for a file of the runner's own, nothing is compared.
  func compareAllocated(_ file: WorkFile, _ request: PortRequest) throws(WorkError) {
    let size = Self.blocks * Format.blockSize
    let bytes = [UInt8](repeating: 0, count: Int(size))
    let path = try folder.file(bytes)
    defer { folder.remove(path) }
    let other = try WorkFile(reading: path)
    defer { other.close() }
    guard other.allocatedBytes >= size, file.allocatedBytes < size else { return }
    test.fail(
      .create, .creation, .wrongAnswer, request,
      expected: "\(size) allocated bytes (R-22)", got: "\(file.allocatedBytes)",
      .allocated(size))
  }
}
