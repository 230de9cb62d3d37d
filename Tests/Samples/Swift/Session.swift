internal import SystemPackage

/// The session form of the test port for a program: lines of JSON, each with one answer
/// (`Specs/Port.md`).
struct Session<Tested: Program> {
  /// How many images may be open at a time.
  private static var mostImages: Int { 8 }

  private let program: Tested
  private let answers: FileDescriptor
  private var images: [String: Tested.Image] = [:]
  private var isGreeted = false
  private var isDone = false

  init(_ program: Tested, answers: FileDescriptor) {
    self.program = program
    self.answers = answers
  }

  /// Answers requests until there are no more. Returns whether all that was open could be closed.
  ///
  /// - Throws: `NoRequest` for a line that has no answer; `Errno` if a line cannot be read or
  ///   written.
  mutating func run() throws -> Bool {
    var lines = LineReader(.standardInput)
    while !isDone, let line = try lines.next() {
      let request = try Request(line)
      let answer = Answer(id: request.id, outcome: outcome(of: request))
      _ = try answers.writeAll(answer.line())
    }
    return closeAll()
  }

  /// Closes what is open. Returns whether all of it could be closed.
  mutating func closeAll() -> Bool {
    var isClosed = true
    for image in images.values {
      do throws(Refusal) { try program.close(image) } catch { isClosed = false }
    }
    images = [:]
    return isClosed
  }

  private mutating func outcome(of request: Request) -> Result<Answer.Details, Refusal> {
    do throws(Refusal) {
      return .success(try details(request.operation(), request))
    } catch {
      return .failure(error)
    }
  }

  private mutating func details(
    _ operation: Operation, _ request: Request
  ) throws(Refusal) -> Answer.Details {
    guard (operation == .hello) != isGreeted else {
      throw .argument("hello is the first request, and no other")
    }
    switch operation {
    case .hello:
      try request.requireVersion()
      isGreeted = true
      return .hello(program.capabilities)
    case .ping: return .nothing
    case .bye:
      isDone = true
      guard closeAll() else {
        throw .refused(class: "io", message: "an image could not be closed")
      }
      return .nothing
    case .open:
      try open(request)
      return .nothing
    case .close:
      let image = try image(request)
      images[try request.handle()] = nil
      try program.close(image)
      return .nothing
    case .probe, .extents, .create, .check: return try detailsOfFile(operation, request)
    case .info, .read, .write, .discard, .flush, .setModUUID:
      return try detailsOfImage(operation, request)
    }
  }

  /// Makes a request that names a file.
  private func detailsOfFile(
    _ operation: Operation, _ request: Request
  ) throws(Refusal) -> Answer.Details {
    let path = try request.path("image")
    switch operation {
    case .probe: try program.probe(path)
    case .extents: try program.extents(path, into: request.path("file"))
    case .create:
      try program.create(
        path, blocks: request.quantity("blocks"), request.choice("type", of: ImageType.self),
        uuid: request.uuid("uuid"))
    case .check:
      return .findings(try program.check(path, request.choice("repair", of: CheckMode.self)))
    default: preconditionFailure("\(operation) names no file")
    }
    return .nothing
  }

  /// Makes a request that names an image that is open.
  private func detailsOfImage(
    _ operation: Operation, _ request: Request
  ) throws(Refusal) -> Answer.Details {
    let image = try image(request)
    switch operation {
    case .info: return .info(try program.info(image))
    case .read:
      let (block, count) = try request.blocks()
      let file = try request.path("file")
      return .runs(try program.read(image, block: block, count: count, into: file))
    case .write:
      let (block, count) = try request.blocks()
      let file = try request.path("file")
      return .written(try program.write(image, block: block, count: count, from: file))
    case .discard:
      let (block, count) = try request.blocks()
      try program.discard(image, block: block, count: count)
    case .flush: try program.flush(image)
    case .setModUUID: try program.setModificationUUID(image, request.uuid("uuid"))
    default: preconditionFailure("\(operation) names no open image")
    }
    return .nothing
  }

  private mutating func open(_ request: Request) throws(Refusal) {
    let (handle, path) = (try request.handle(), try request.path("image"))
    let mode = try request.choice("mode", of: OpenMode.self)
    let modUUID = try request.optionalUUID("modUuid")
    guard images[handle] == nil else { throw .argument("an image is open as \(handle)") }
    guard images.count < Self.mostImages else {
      throw .argument("\(Self.mostImages) images are open")
    }
    images[handle] = try program.open(path, mode, modUUID: modUUID)
  }

  private func image(_ request: Request) throws(Refusal) -> Tested.Image {
    let handle = try request.handle()
    guard let image = images[handle] else { throw .argument("no image is open as \(handle)") }
    return image
  }
}

/// Reads the lines of a file.
private struct LineReader {
  /// The most bytes of a line, its line feed among them.
  private static let mostBytes = 1 << 20

  private let file: FileDescriptor
  /// What was read and is not returned yet.
  private var bytes: [UInt8] = []

  init(_ file: FileDescriptor) { self.file = file }

  /// Returns the next line without its line feed; `nil` at the end of the file.
  ///
  /// - Throws: `NoRequest` if the line is too long or has no end; `Errno`.
  mutating func next() throws -> [UInt8]? {
    while true {
      if let end = bytes.firstIndex(of: UInt8(ascii: "\n")), end < Self.mostBytes {
        let line = Array(bytes[..<end])
        bytes.removeSubrange(...end)
        return line
      }
      guard bytes.count < Self.mostBytes else { throw NoRequest("more than 1 MiB") }
      var piece = [UInt8](repeating: 0, count: 1 << 16)
      let count = try unsafe piece.withUnsafeMutableBytes { try unsafe file.read(into: $0) }
      guard count > 0 else {
        guard bytes.isEmpty else { throw NoRequest("it has no end") }
        return nil
      }
      bytes += piece[..<count]
    }
  }
}
