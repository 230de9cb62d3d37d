internal import VCIFormat

extension WriterRun {
  /// Notes what the file holds after an open for writing.
  func noteOpened() throws(WorkError) {
    opened = nil
    guard test.keepsHandles else { return }
    let file = try WorkFile(reading: image)
    defer { file.close() }
    opened = FileSnapshot(file)
  }

  /// VCI-WR-002: looks at the flag of an image that is open. It must be 1 if the file has changed;
  /// a program may also keep its changes to itself until it writes them.
  func compareFlag(_ request: PortRequest) throws(WorkError) {
    guard let opened, let file = test.open(image, request, .writes) else { return }
    defer { file.close() }
    test.count(.writes, .flag)
    guard file.bytes(at: UInt64(Field.uncleanShutdown.offset), count: 1) != [1],
      let now = FileSnapshot(file), now != opened
    else { return }
    test.fail(
      .writes, .flag, .clearFlag, request,
      expected: "the flag is 1 from before the first change until close",
      got: "the file has changed, and the flag is 0",
      .image(offset: UInt64(Field.uncleanShutdown.offset), length: 1))
  }

  /// VCI-WR-007: compares the modification UUID of the closed image with the one stored last.
  func compareState(_ request: PortRequest) throws(WorkError) {
    guard test.capabilities.features.contains(.modUUID),
      let file = test.open(image, request, .writes)
    else { return }
    defer { file.close() }
    let bytes = file.bytes(at: 0, count: Format.headerSize)
    guard bytes.count == Format.headerSize else { return }
    let header = unsafe Header(decoding: bytes.span.bytes)
    test.count(.writes, .modificationUUID)
    guard header.modificationUUID != state else { return }
    test.fail(
      .writes, .modificationUUID, .wrongBytes, request,
      expected: "the modification UUID \(state)", got: "\(header.modificationUUID)",
      .image(offset: UInt64(Field.modificationUUID.offset), length: 16))
  }

  /// Lets the file grow by so many bytes and no further, if the program can be limited.
  func limit(_ growth: UInt64) throws(WorkError) {
    let file = try WorkFile(reading: image)
    defer { file.close() }
    test.limit(fileBytes: file.size + growth)
  }
}
