internal import Glibc
internal import SystemPackage
internal import VCIFormat

/// A test of one requirement that no image and no workload is about: what may be created, which
/// files are read, which locks are taken, and which cache is up to date.
package enum ContractTest: String, CaseIterable, ProgramTest {
  case createInfo = "create-info"
  case createFixed = "create-fixed"
  case createExisting = "create-existing"
  case createOverLink = "create-over-link"
  case createWithoutFolder = "create-without-folder"
  case createOfWrongSize = "create-of-wrong-size"
  case createWithoutSpace = "create-without-space"
  case folder = "file-folder"
  case pipe = "file-pipe"
  case missing = "file-missing"
  case link = "file-link"
  case modificationUUID = "mod-uuid"
  case lockedByWriter = "lock-other-writer"
  case lockedByReader = "lock-other-reader"
  case locksOthers = "lock-own"

  package var name: String { "contract/\(rawValue)" }

  /// Why no kit can tell the contract; `nil` if one can.
  var untold: String? {
    switch self {
    case .lockedByWriter, .lockedByReader, .locksOthers:
      "another process must lock the file, and a POSIX shell has no such locks"
    case .createInfo, .createFixed, .createExisting, .createOverLink, .createWithoutFolder,
      .createOfWrongSize, .createWithoutSpace, .folder, .pipe, .missing, .link, .modificationUUID:
      nil
    }
  }

  package func run(
    _ adapter: any Adapter, in folder: WorkFolder, _ recorder: KitRecorder?
  ) -> TestResult {
    let test = TestRun(name, adapter, recorder)
    let contract = ContractRun(test, folder)
    defer { contract.removeFiles() }
    return test.result { () throws(WorkError) in
      switch self {
      case .createInfo: try contract.createInfo()
      case .createFixed: try contract.createFixed()
      case .createExisting: try contract.createExisting()
      case .createOverLink: try contract.createOverLink()
      case .createWithoutFolder: contract.createWithoutFolder()
      case .createOfWrongSize: try contract.createOfWrongSize()
      case .createWithoutSpace: try contract.createWithoutSpace()
      case .folder: try contract.refuse(contract.makeFolder())
      case .pipe: try contract.refuse(contract.makePipe())
      case .missing: try contract.refuse(contract.free())
      case .link: try contract.followLink()
      case .modificationUUID: try contract.compareUUIDs()
      case .lockedByWriter: try contract.openLocked(exclusively: true)
      case .lockedByReader: try contract.openLocked(exclusively: false)
      case .locksOthers: try contract.lockOthers()
      }
    }
  }
}

/// A contract test that is being run, and its files.
final class ContractRun {
  let test: TestRun
  let folder: WorkFolder
  private var files: [FilePath] = []

  static let blocks: UInt64 = 4096
  static let uuid = ImageUUID(high: 0x0123_4567_89ab_4def, low: 0x8123_4567_89ab_cdef)

  init(_ test: TestRun, _ folder: WorkFolder) {
    self.test = test
    self.folder = folder
  }

  func removeFiles() {
    for file in files {
      folder.remove(file)
      _ = unsafe file.withPlatformString { unsafe rmdir($0) }
    }
  }

  /// Returns a path at which there is nothing.
  func free() -> FilePath {
    let path = folder.name()
    files.append(path)
    return path
  }

  func makeFolder() throws(WorkError) -> FilePath {
    let path = free()
    try Self.require(unsafe path.withPlatformString { unsafe mkdir($0, 0o700) })
    return path
  }

  func makePipe() throws(WorkError) -> FilePath {
    let path = free()
    try Self.require(unsafe path.withPlatformString { unsafe mkfifo($0, 0o600) })
    return path
  }

  func makeLink(to target: FilePath) throws(WorkError) -> FilePath {
    let path = free()
    try Self.require(
      unsafe path.withPlatformString { path in
        unsafe target.withPlatformString { unsafe symlink($0, path) }
      })
    return path
  }

  private static func require(_ status: Int32) throws(WorkError) {
    guard status != 0 else { return }
    throw WorkError(description: "a file of a test cannot be made: \(Errno(rawValue: errno))")
  }

  /// Makes a request that must be carried out. Returns whether it was.
  func succeed(_ request: PortRequest, _ area: Area, _ requirement: Requirement) -> Bool {
    guard let answer = test.ask(request, area, requirement) else { return false }
    guard case .refused(let refusal) = answer else { return true }
    test.fail(
      area, requirement, .operationFailed, request, expected: "done", got: "refused\(refusal)")
    return false
  }

  /// Makes a request that must be refused, with this class.
  func fail(
    _ request: PortRequest, _ area: Area, _ requirement: Requirement, class: String?
  ) {
    guard let answer = test.ask(request, area, requirement) else { return }
    let words = "refused" + (`class`.map { ", of class \($0)" } ?? "")
    guard case .refused(let refusal) = answer else {
      test.fail(area, requirement, .operationFailed, request, expected: words, got: "\(answer)")
      if case .open(_, let handle, _, _) = request {
        _ = test.ask(.close(handle: handle), area, requirement)
      }
      return
    }
    guard let `class`, refusal.class != `class` else { return }
    test.fail(
      area, requirement, .wrongAnswer, request, expected: words, got: "refused\(refusal)")
  }

  /// Creates an image of 4,096 blocks. Returns its path; `nil` if that fails.
  func create(isFixed: Bool = false) -> FilePath? {
    guard test.has("create") else { return nil }
    let path = free()
    let request = PortRequest.create(
      image: path, blocks: Self.blocks, isFixed: isFixed, Self.uuid)
    return succeed(request, .create, .creation) ? path : nil
  }

  func createInfo() throws(WorkError) {
    guard test.has("info"), test.has("open-ro"), let path = create() else { return }
    try compareInfo(of: path, isFixed: false)
  }

  func createFixed() throws(WorkError) {
    guard test.has(.fixed), let path = create(isFixed: true) else { return }
    let request = PortRequest.create(
      image: path, blocks: Self.blocks, isFixed: true, Self.uuid)
    guard let file = test.open(path, request, .create) else { return }
    defer { file.close() }
    let size = Self.blocks * Format.blockSize
    if file.size < size {
      test.fail(
        .create, .creation, .wrongAnswer, request,
        expected: "a file of at least \(size) bytes", got: "\(file.size) bytes", .smaller(size))
    }
    try compareAllocated(file, request)
    if test.has("info"), test.has("open-ro") { try compareInfo(of: path, isFixed: true) }
  }

  private func compareInfo(of path: FilePath, isFixed: Bool) throws(WorkError) {
    guard succeed(.open(image: path, handle: "c", .reading), .open, .openForReading) else { return }
    let request = PortRequest.info(handle: "c")
    if let answer = test.ask(request, .open, .creation) {
      let right = PortAnswer.Info(
        version: 1, isFixed: isFixed, blocks: Self.blocks, isDirty: false, uuid: Self.uuid,
        modUUID: .nil)
      if answer != .done(.info(right)) {
        test.fail(
          .create, .creation, .wrongAnswer, request, expected: "\(right)", got: "\(answer)")
      }
    }
    _ = succeed(.close(handle: "c"), .open, .openForReading)
  }

  /// VCI-WR-006: create never overwrites a file.
  func createExisting() throws(WorkError) {
    guard test.has("create") else { return }
    try createOverFile(Self.blocks, isFixed: false)
    try createOverFile(Self.blocks, isFixed: true)
  }

  /// Creates an image where there is a file of somebody else, which must stay as it is.
  func createOverFile(_ blocks: UInt64, isFixed: Bool) throws(WorkError) {
    guard !isFixed || test.has(.fixed) else { return }
    let bytes = Array("not yours".utf8)
    let path = try folder.file(bytes)
    files.append(path)
    let request = PortRequest.create(image: path, blocks: blocks, isFixed: isFixed, Self.uuid)
    fail(request, .create, .creation, class: nil)
    guard exists(path) else {
      return test.fail(
        .create, .creation, .modified, request, expected: "the file where it was",
        got: "it is gone", .change(at: nil))
    }
    guard let file = test.open(path, request, .create) else { return }
    defer { file.close() }
    guard file.bytes(at: 0, count: 64) != bytes else { return }
    test.fail(
      .create, .creation, .modified, request, expected: "the file as it was",
      got: "it was changed", .change(at: nil))
  }

  /// VCI-WR-006: the name of a link is in use, even if the link leads nowhere.
  func createOverLink() throws(WorkError) {
    guard test.has("create") else { return }
    let target = free()
    let request = PortRequest.create(
      image: try makeLink(to: target), blocks: Self.blocks, isFixed: false, Self.uuid)
    fail(request, .create, .creation, class: nil)
    guard exists(target) else { return }
    test.fail(
      .create, .creation, .modified, request, expected: "no file where the link leads",
      got: "a file was made there", .target)
  }

  func createWithoutFolder() {
    guard test.has("create") else { return }
    let request = PortRequest.create(
      image: free().appending("x"), blocks: Self.blocks, isFixed: false, Self.uuid)
    fail(request, .create, .creation, class: nil)
  }

  func exists(_ path: FilePath) -> Bool {
    var status = stat()
    return unsafe path.withPlatformString { unsafe lstat($0, &status) } == 0
  }

  /// "Files" in `Specs/VCI.md`: what is neither a regular file nor a block device, and what does
  /// not exist, cannot be read, and is not waited for.
  func refuse(_ path: FilePath) throws(WorkError) {
    if test.has("probe") { fail(.probe(image: path), .probe, .probe, class: "io") }
    guard test.has("open-ro") else { return }
    fail(.open(image: path, handle: "f", .reading), .open, .openForReading, class: "io")
  }

  /// "Files" in `Specs/VCI.md`: probe and open follow symbolic links.
  func followLink() throws(WorkError) {
    guard test.has("probe"), let path = create() else { return }
    _ = succeed(.probe(image: try makeLink(to: path)), .probe, .probe)
  }
}
